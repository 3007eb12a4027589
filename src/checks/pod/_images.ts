import { acrName, type PullFailure, registryOf } from "../../model/images.ts";
import type { Pod } from "../../model/kube.ts";
import { kubectl, sh } from "../../model/shell.ts";

interface Advice {
  readonly cause: string;
  readonly remedy: readonly string[];
}

const AKS = "--resource-group <RESOURCE_GROUP> --name <CLUSTER>";

/** The failure in plain words, and what to do about it; on an Azure registry with the commands that check and grant the access. */
export function pullAdvice(failure: PullFailure, image: string, pod: Pod): Advice {
  const registry = registryOf(image);
  switch (failure) {
    case "invalid-name":
      return { cause: "it is no valid image name", remedy: ["# mend spec.containers[].image in the workload"] };
    case "never-pull":
      return {
        cause: "imagePullPolicy is Never and the node does not have it",
        remedy: ["# set imagePullPolicy to IfNotPresent, or load the image onto the node"],
      };
    case "not-found":
      return {
        cause: `${registry} has no such image or tag`,
        remedy: [`# look for typos in ${image}; the tags that exist:`, tagsCommand(image)],
      };
    case "denied-or-missing":
      return {
        cause: `${registry} has no such image, or it is private and the node has no permission`,
        remedy: [`# first look for typos in ${image}`, ...access(image, pod)],
      };
    case "unauthorized":
      return { cause: `${registry} denies access to it`, remedy: access(image, pod) };
    case "rate-limit":
      return {
        cause: `${registry} limits the rate of pulls`,
        remedy: [
          "# pull with an account (imagePullSecrets), or copy the image into a registry of your own:",
          `az acr import --name <REGISTRY> --source ${sh(registry === "docker.io" ? dockerSource(image) : image)}`,
        ],
      };
    case "name-resolution":
      return {
        cause: `the node cannot resolve ${registry}`,
        remedy: [
          "# DNS of the node (not of the pods): the servers of the virtual network, a private DNS zone without link",
          ...acrCheck(image),
          `nslookup ${sh(hostOnly(registry))}`,
        ],
      };
    case "certificate":
      return {
        cause: `the certificate of ${registry} is not trusted by the node, or it speaks plain HTTP`,
        remedy: ["# trust the registry's CA on the nodes, or take the TLS inspection of the proxy out of the way"],
      };
    case "unreachable":
      return {
        cause: `the node cannot reach ${registry}`,
        remedy: [
          "# the node's way out: firewall, NSG, route table, proxy, or the registry's private endpoint",
          ...acrCheck(image),
        ],
      };
    case "disk":
      return {
        cause: "the node's disk is full",
        remedy: [kubectl("", "describe", "node", pod.spec?.nodeName ?? "<NODE>")],
      };
    case "platform":
      return { cause: "it has no variant for the node's platform", remedy: [`docker manifest inspect ${sh(image)}`] };
    case "signature":
      return {
        cause: "its signature is not accepted",
        remedy: ["# sign the image, or correct the node's signature policy"],
      };
    default:
      return { cause: "the message does not say why", remedy: acrCheck(image) };
  }
}

function acrCheck(image: string): readonly string[] {
  return acrName(image) === undefined ? [] : [`az aks check-acr ${AKS} --acr ${sh(registryOf(image))}`];
}

function access(image: string, pod: Pod): readonly string[] {
  const acr = acrName(image);
  if (acr !== undefined) return [...acrCheck(image), `az aks update ${AKS} --attach-acr ${sh(acr)}`];
  const { namespace } = pod.metadata;
  const secrets = (pod.spec?.imagePullSecrets ?? []).map((secret) => secret.name ?? "");
  const account = pod.spec?.serviceAccountName ?? "default";
  return secrets.length > 0
    ? [
        `# the pod uses ${secrets.join(", ")}: does it exist, and is it of type kubernetes.io/dockerconfigjson for ${registryOf(image)}?`,
        kubectl(namespace, "get", "secret", ...secrets),
      ]
    : [
        "# the pod names no imagePullSecrets: create one and give it to the service account",
        `${kubectl(namespace, "create", "secret", "docker-registry", "registry-login", `--docker-server=${registryOf(image)}`)} --docker-username=<USER> --docker-password=<PASSWORD>`,
        kubectl(
          namespace,
          "patch",
          "serviceaccount",
          account,
          "-p",
          '{"imagePullSecrets":[{"name":"registry-login"}]}',
        ),
      ];
}

function tagsCommand(image: string): string {
  const acr = acrName(image);
  const repository = image
    .slice(image.indexOf("/") + 1)
    .replace(/@.*$/, "")
    .replace(/:[^:/]*$/, "");
  if (acr !== undefined) return `az acr repository show-tags --name ${sh(acr)} --repository ${sh(repository)}`;
  return `docker manifest inspect ${sh(image)}`;
}

function dockerSource(image: string): string {
  return `docker.io/${image.includes("/") ? image : `library/${image}`}`;
}

function hostOnly(registry: string): string {
  return registry.replace(/:\d+$/, "");
}
