import { hostPort, type ProbeTarget } from "../model/probe-results.ts";

/** Seconds for connecting and for one whole try. A healthy cluster needs milliseconds; what needs longer is broken for its clients too. */
export const CONNECT_SECONDS = 3;
const TRY_SECONDS = 6;
/** A plain TCP server may say nothing for ever: the try ends by this limit, connected or not. */
const TCP_SECONDS = 2;
/** Tries side by side in one pod: each is a process of a few MiB under the pod's memory limit. */
const SIDE_BY_SIDE = 4;

/**
 * Runs in the test pod under any POSIX shell with curl. One line on standard output for each try, also to the termination message, which
 * is readable where logs are not. Two tries per target, three more when these differ; one in the other scheme when a guessed one is not
 * understood. No target is ever evaluated by the shell: they come as lines of an environment variable.
 */
export const SCRIPT = `set -u; set -f
one() { # id try url speaks
  out=$(printf '%s\\n' "$NETCHECK_CONFIG" | curl -K - -sSvk --noproxy '*' -o /dev/null --connect-timeout ${CONNECT_SECONDS} -m "$5" -A "kubectl-netcheck/$NETCHECK_RUN" \\
    -w '\\n@@"exit":%{exitcode},"http":"%{http_code}","nc":%{num_connects},"tc":%{time_connect},"tt":%{time_total}' "$3" 2>&1)
  js=\${out##*@@}; log=\${out%@@*}
  said=$(printf '%s' "$log" | grep -v '^[<>{}]' | grep -oE 'Connection refused|No route to host|Network is unreachable|Host is unreachable|Resolving timed out|Connection timed out|Operation timed out|Connection timeout|Connection reset by peer|Could not resolve host|wrong version number|packet length too long|HTTP/0[.]9|alert [a-z ]+|SSL_ERROR_SYSCALL|SSL connection timeout' | head -n1)
  body=
  case "$js" in *'"http":"400"'*|*'"http":"5'*) body=$(printf '%s\\n' "$NETCHECK_CONFIG" | curl -K - -sk --noproxy '*' -m 4 -A "kubectl-netcheck/$NETCHECK_RUN" "$3" 2>/dev/null | head -c 160 | tr -c '[:alnum:] .,:;<>/=_()-' ' ');; esac
  printf 'NETCHECK {"id":"%s","try":%s,"speaks":"%s","said":"%s","body":"%s",%s}\\n' "$1" "$2" "$4" "$said" "$body" "$js"
  case "$js" in *'"http":"000"'*) last=\${js%%,*};; *) last=answered;; esac
}
target() { # id scheme url other otherscheme
  most=${TRY_SECONDS}; [ "$2" = tcp ] && most=${TCP_SECONDS}
  one "$1" 1 "$3" "" "$most"; first=$last
  one "$1" 2 "$3" "" "$most"
  if [ "$first" != "$last" ]; then for n in 3 4 5; do one "$1" "$n" "$3" "" "$most"; done; fi
  if [ -n "$4" ]; then case "$js" in '"exit":52'*|'"exit":35'*|'"exit":56'*|*'"http":"400"'*) one "$1" 9 "$4" "$5" "$most";; esac; fi
}
printf '%s\\n' "$NETCHECK_TARGETS" | { n=0; while IFS='|' read -r id scheme url other otherscheme; do
  [ -n "$id" ] || continue
  target "$id" "$scheme" "$url" "$other" "$otherscheme" </dev/null &
  n=$((n+1)); [ $((n % ${SIDE_BY_SIDE})) -eq 0 ] && wait
done; wait; } | tee /dev/termination-log
echo NETCHECK-END
`;

function url(target: ProbeTarget, scheme: string): string {
  const { host, port, path } = target;
  return scheme === "tcp"
    ? `telnet://${hostPort(host, port)}`
    : `${scheme}://${hostPort(host, port)}${encodePath(path)}`;
}

/** Bytes that would end a line or a field of ours, or that curl would expand, as percent codes. */
export function encodePath(path: string): string {
  const rooted = path.startsWith("/") ? path : `/${path}`;
  return rooted.replaceAll(/[\s|"\\{}[\]<>^`\x00-\x1f\x7f]/g, (character) => encodeURIComponent(character));
}

/** The lines for the script: `id|scheme|url|other url|other scheme`; the id of a target is its index. */
export function targetLines(targets: readonly ProbeTarget[]): string {
  return targets
    .map((target, i) => {
      const other = target.guessed && target.scheme !== "tcp" ? (target.scheme === "http" ? "https" : "http") : "";
      return [i, target.scheme, url(target, target.scheme), other === "" ? "" : url(target, other), other].join("|");
    })
    .join("\n");
}

/** Headers as lines of a curl config file, read from standard input: they never stand in the process list. */
export function configLines(headers: readonly string[]): string {
  return ["globoff", ...headers.map((header) => `header = ${JSON.stringify(header)}`)].join("\n");
}
