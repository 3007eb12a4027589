/** How to reach the cluster, as kubectl's flags of the same names say it. Unset and "" mean the same, as in kubectl. */
export interface ConnectionFlags {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
  readonly namespace?: string | undefined;
  readonly server?: string | undefined;
  readonly token?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly as?: string | undefined;
  readonly asGroup?: readonly string[] | undefined;
  readonly asUid?: string | undefined;
  /** `key=value`, a key may come more than once. */
  readonly asUserExtra?: readonly string[] | undefined;
  /** Go duration or bare seconds; 0 for no limit. */
  readonly requestTimeout?: string | undefined;
  readonly certificateAuthority?: string | undefined;
  readonly clientCertificate?: string | undefined;
  readonly clientKey?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  readonly tlsServerName?: string | undefined;
  readonly disableCompression?: boolean | undefined;
}

/** What of the surrounding process the connection depends on: tests give their own. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths in flags and in KUBECONFIG start here. */
  readonly cwd: string;
  readonly home: string | undefined;
  readonly stdinIsTerminal: boolean;
  /** The file descriptor that a credential plugin writes its complaints and prompts to, or nowhere. */
  readonly stderr: number | "ignore";
  /** Where a pod finds its service account; replaced in tests. */
  readonly serviceAccount: string;
}
