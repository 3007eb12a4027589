/** Why a registry did not give an image, as far as the kubelet's message tells. */
export type PullFailure =
  | "invalid-name"
  | "never-pull"
  | "signature"
  | "platform"
  | "rate-limit"
  | "denied-or-missing"
  | "unauthorized"
  | "not-found"
  | "name-resolution"
  | "certificate"
  | "unreachable"
  | "disk"
  | "unknown";

/** Waiting reasons of the kubelet that mean: the image is not there. Source: kubelet pkg/kubelet/images/types.go. */
export const IMAGE_REASONS: readonly string[] = [
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "ImageInspectError",
  "RegistryUnavailable",
  "SignatureValidationFailed",
];

/** In the order of trust: the first that matches wins, since one message often holds several of these words. */
const PATTERNS: readonly (readonly [RegExp, PullFailure])[] = [
  [/toomanyrequests|too many requests|\b429\b|rate limit/i, "rate-limit"],
  [/no match for platform|no matching manifest for|operating system does not match/i, "platform"],
  // Docker Hub and containerd give one answer for "missing" and "not yours".
  [/pull access denied|repository does not exist or may require|insufficient_scope/i, "denied-or-missing"],
  [
    /\b401\b|\b403\b|unauthorized|forbidden|authentication required|no basic auth credentials|access denied|\bdenied\b/i,
    "unauthorized",
  ],
  [/no such host|server misbehaving|temporary failure in name resolution/i, "name-resolution"],
  [/x509|certificate|tls: |http: server gave http response to https/i, "certificate"],
  [
    /i\/o timeout|context deadline exceeded|connection refused|connection reset|no route to host|network is unreachable|timeout|\bEOF\b/i,
    "unreachable",
  ],
  [/no space left/i, "disk"],
  [/not found|manifest unknown|name unknown|does not exist|\b404\b/i, "not-found"],
  [/signature/i, "signature"],
];

/** Sorts a waiting reason with its message, see `PullFailure`. */
export function classifyPull(reason: string, message: string): PullFailure {
  if (reason === "InvalidImageName") return "invalid-name";
  if (reason === "ErrImageNeverPull") return "never-pull";
  if (reason === "SignatureValidationFailed") return "signature";
  return PATTERNS.find(([pattern]) => pattern.test(message))?.[1] ?? "unknown";
}

/** The registry host of an image reference; `docker.io` when it names none. Source: the OCI distribution reference grammar. */
export function registryOf(image: string): string {
  const first = image.split("/")[0] ?? "";
  const named = image.includes("/") && (first.includes(".") || first.includes(":") || first === "localhost");
  return named ? first : "docker.io";
}

/** The name of the Azure container registry an image lives in, or undefined. */
export function acrName(image: string): string | undefined {
  return /^([a-z0-9]+)\.azurecr\.(?:io|us|cn)$/i.exec(registryOf(image))?.[1];
}

/** A message or log line that means: this image was built for another processor or operating system than the node has. */
export function speaksOfPlatform(text: string): boolean {
  return /exec format error|no match for platform|no matching manifest for (?:linux|windows)|operating system does not match the host/i.test(
    text,
  );
}
