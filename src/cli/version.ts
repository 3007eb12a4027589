declare const NETCHECK_VERSION: string | undefined;
declare const NETCHECK_COMMIT: string | undefined;

/** Stamped by the build; a run straight from the sources says so. */
export const VERSION = typeof NETCHECK_VERSION === "string" ? NETCHECK_VERSION : "0.0.0-dev";
export const COMMIT = typeof NETCHECK_COMMIT === "string" ? NETCHECK_COMMIT : "unknown";
