import { type Resources, USUAL } from "./limits.ts";
import { configLines, SCRIPT } from "./script.ts";

/** Pinned: a tag that moves is a different tool tomorrow. Needs a POSIX shell, grep, head, tr, tee and curl. */
export const DEFAULT_IMAGE = "docker.io/curlimages/curl:8.10.1";

export const MANAGED_BY = "kubectl-netcheck";
export const RUN_LABEL = "netcheck/run";
export const OURS = `app.kubernetes.io/managed-by=${MANAGED_BY}`;

/** Seconds. The pod is stopped after the deadline, and its Job is taken away the rest after that, whatever becomes of us: two minutes in all. */
const DEADLINE = 95;
const KEEP_FINISHED = 20;

/** What the user may choose about test pods. */
export interface PodChoices {
  readonly image: string;
  readonly pullSecret?: string;
  readonly headers: readonly string[];
}

export interface PodSpecInput extends PodChoices {
  readonly name: string;
  readonly run: string;
  readonly namespace: string;
  /** Lines for the script, see `targetLines`. */
  readonly targets: string;
  /** Only this node. */
  readonly node?: string;
  /** Rather not on these: a request that crosses nodes proves more. */
  readonly avoid?: readonly string[];
  /** Seconds to wait before the first request: an engine isolates a new pod only some moments after its start. */
  readonly wait?: number;
  /** Where a LimitRange does not admit the usual ones. */
  readonly resources?: Resources;
  /** Readiness and liveness probes, where admission asks for them. */
  readonly withProbes?: boolean;
}

export type Manifest = Readonly<Record<string, unknown>>;

/** No Service and, as far as we can help it, no policy of the user's selects these. */
export function labelsOf(run: string): Readonly<Record<string, string>> {
  return {
    "app.kubernetes.io/name": "netcheck-probe",
    "app.kubernetes.io/managed-by": MANAGED_BY,
    [RUN_LABEL]: run,
    "sidecar.istio.io/inject": "false",
  };
}

/** As PodSecurity `restricted` wants it. The user is a number: an image whose USER is a name is refused under runAsNonRoot. */
const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  runAsUser: 65532,
  runAsGroup: 65532,
  seccompProfile: { type: "RuntimeDefault" },
  capabilities: { drop: ["ALL"] },
};

/** Name, image, command and environment: the same in a pod of ours and in an ephemeral container. */
export function probeContainer(
  given: Pick<PodSpecInput, "image" | "run" | "targets" | "headers" | "wait"> & {
    readonly name: string;
    readonly script: string;
  },
): Manifest {
  return {
    name: given.name,
    image: given.image,
    imagePullPolicy: "IfNotPresent",
    command: ["/bin/sh", "-c", given.script],
    env: [
      { name: "NETCHECK_RUN", value: given.run },
      { name: "NETCHECK_TARGETS", value: given.targets },
      { name: "NETCHECK_CONFIG", value: configLines(given.headers) },
      ...(given.wait === undefined ? [] : [{ name: "NETCHECK_WAIT", value: String(given.wait) }]),
    ],
    terminationMessagePolicy: "File",
    securityContext: CONTAINER_SECURITY,
  };
}

function affinity({ node, avoid = [] }: PodSpecInput): Manifest {
  const named = (operator: string, name: string): Manifest => ({
    matchFields: [{ key: "metadata.name", operator, values: [name] }],
  });
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          {
            matchExpressions: [{ key: "type", operator: "NotIn", values: ["virtual-kubelet"] }],
            // Not spec.nodeName: that would pass by the scheduler and its checks.
            ...(node === undefined ? {} : named("In", node)),
          },
        ],
      },
      ...(node !== undefined || avoid.length === 0
        ? {}
        : {
            preferredDuringSchedulingIgnoredDuringExecution: avoid
              .slice(0, 20)
              .map((name) => ({ weight: 100, preference: named("NotIn", name) })),
          }),
    },
  };
}

function template(input: PodSpecInput): { readonly metadata: Manifest; readonly spec: Manifest } {
  const alive = { exec: { command: ["true"] }, periodSeconds: 30 };
  const container = {
    ...probeContainer({ ...input, name: "probe", script: SCRIPT }),
    resources: input.resources ?? USUAL,
    ...(input.withProbes === true ? { readinessProbe: alive, livenessProbe: alive } : {}),
  };
  return {
    metadata: {
      labels: labelsOf(input.run),
      annotations: {
        "sidecar.istio.io/inject": "false",
        "linkerd.io/inject": "disabled",
        "cluster-autoscaler.kubernetes.io/safe-to-evict": "true",
      },
    },
    spec: {
      restartPolicy: "Never",
      activeDeadlineSeconds: DEADLINE,
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      // A namespace with thousands of Services would give the container thousands of variables.
      enableServiceLinks: false,
      os: { name: "linux" },
      nodeSelector: { "kubernetes.io/os": "linux" },
      // Tainted, cordoned and system nodes are places from which real clients call, too.
      tolerations: [{ operator: "Exists" }],
      affinity: affinity(input),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        runAsGroup: 65532,
        seccompProfile: { type: "RuntimeDefault" },
      },
      ...(input.pullSecret === undefined ? {} : { imagePullSecrets: [{ name: input.pullSecret }] }),
      containers: [container],
    },
  };
}

/** The bare test pod: for the dry run, and where Jobs may not be created. */
export function podManifest(input: PodSpecInput): Manifest {
  const { metadata, spec } = template(input);
  const { name, namespace } = input;
  return { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, name, namespace }, spec };
}

/** The test pod in a Job: the control plane itself stops it and takes both away, even when we are killed or the laptop is lost. */
export function jobManifest(input: PodSpecInput): Manifest {
  const { name, namespace, run } = input;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace, labels: labelsOf(run) },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: DEADLINE,
      ttlSecondsAfterFinished: KEEP_FINISHED,
      template: template(input),
    },
  };
}
