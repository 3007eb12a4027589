import { markedPath, markerOf, requestIdOf } from "../model/marker.ts";
import { hostPort, type ProbeTarget } from "../model/probe-results.ts";

/** What fills a marker up to a request id. */
const REST_OF_ID = requestIdOf("").slice(12);

/** Seconds for connecting and for one whole try. A healthy cluster needs milliseconds; what needs longer is broken for its clients too. */
export const CONNECT_SECONDS = 3;
const TRY_SECONDS = 6;
/** A plain TCP server may say nothing for ever: the try ends by this limit, connected or not. */
const TCP_SECONDS = 2;
/** Through a controller: one that cannot reach the app tries three times for five seconds before it says so with 504. */
export const VIA_SECONDS = 18;
/** Tries side by side in one pod: each is a process of a few MiB under the pod's memory limit. */
const SIDE_BY_SIDE = 4;

/** One try, by curl. The headers come on standard input, so that they never stand in the process list. */
const BY_CURL = `set -u; set -f
conf() { # what curl reads from standard input; to and mark are the target's
  printf '%s\\n' "$NETCHECK_CONFIG"; printf 'user-agent = "kubectl-netcheck/%s"\\n' "\${mark:-$NETCHECK_RUN}"
  [ -z "$mark" ] || printf 'header = "X-Request-ID: %s${REST_OF_ID}"\\n' "$mark"
  [ -z "$to" ] || printf 'connect-to = "::%s"\\n' "$to"
}
one() { # id try url speaks most
  out=$(conf | curl -K - -sSvk --noproxy '*' -o /dev/null --connect-timeout ${CONNECT_SECONDS} -m "$5" \\
    -w '\\n@@"exit":%{exitcode},"http":"%{http_code}","nc":%{num_connects},"tc":%{time_connect},"tt":%{time_total},"ip":"%{remote_ip}"' "$3" 2>&1)
  js=\${out##*@@}; log=\${out%@@*}
  said=$(printf '%s' "$log" | grep -v '^[<>{}]' | grep -oE 'Connection refused|No route to host|Network is unreachable|Host is unreachable|Resolving timed out|Connection timed out|Operation timed out|Connection timeout|Connection reset by peer|Could not resolve host|wrong version number|packet length too long|HTTP/0[.]9|alert [a-z ]+|SSL_ERROR_SYSCALL|SSL connection timeout' | head -n1)
  body=
  case "$js" in *'"http":"400"'*|*'"http":"5'*) [ -n "$mark" ] || body=$(conf | curl -K - -sk --noproxy '*' -m 4 "$3" 2>/dev/null | head -c 160 | tr -c '[:alnum:] .,:;<>/=_()-' ' ');; esac
  printf 'NETCHECK {"id":"%s","try":%s,"speaks":"%s","said":"%s","body":"%s",%s}\\n' "$1" "$2" "$4" "$said" "$body" "$js"
  case "$js" in *'"http":"000"'*) last=\${js%%,*};; *) last=answered;; esac
}
`;

/**
 * One try, by wget and nc where there is no curl: in a container of the user's. wget does not tell a server that is silent from packets that get lost, so
 * nc is asked whether it connects; what stays open is exit 92, from which nothing follows, and 93 is a connection over which nothing was asked.
 */
const BY_OTHERS = `
has() { command -v "$1" >/dev/null 2>&1; }
say() { printf 'NETCHECK {"tool":"%s","id":"%s","try":%s,"speaks":"%s","said":"%s","body":"","exit":%s,"http":"%s","nc":%s,"tc":0,"tt":0}\\n' "$tool" "$@"; }
dials() { # host port: 0 connects, 7 refused, 28 silence, 6 no such name, 92 unclear
  has nc || return 92
  text=$(nc -zv -w ${CONNECT_SECONDS} "$1" "$2" </dev/null 2>&1); code=$?
  case "$text" in *"nvalid option"*|*"nrecognized option"*) # a small nc: it ends when the other side does, or never
    has timeout || return 92
    text=$(timeout 5 nc -w ${CONNECT_SECONDS} "$1" "$2" </dev/null 2>&1 >/dev/null); code=$?
    case "$code" in 124|143) return 0;; esac;; esac
  [ "$code" = 0 ] && return 0
  case "$text" in *efused*) return 7;; *"imed out"*) return 28;; *"bad address"*|*"not known"*|*resolve*) return 6;; esac
  return 92
}
if ! has curl; then one() { # id try url speaks most
  js=; last=failed; tool=wget
  [ -z "$to$mark" ] || { say "$1" "$2" "$4" "" 92 000 0; return; }
  rest=\${3#*://}; at=\${rest%%/*}; port=\${at##*:}; host=\${at%:*}; host=\${host#[}; host=\${host%]}
  if [ "\${3%%:*}" != telnet ] && has wget; then
    gnu=; wget --version >/dev/null 2>&1 && gnu='-t 1 --no-check-certificate'
    log=$(wget -S -O /dev/null -T 4 $gnu "$3" 2>&1); code=$?
    http=$(printf '%s' "$log" | grep -oE 'HTTP/[0-9.]+ [0-9][0-9][0-9]' | head -n1); http=\${http##* }
    if [ -n "$http" ]; then say "$1" "$2" "$4" "" 0 "$http" 1; last=answered; return; fi
    case "$log" in
      *efused*) say "$1" "$2" "$4" "Connection refused" 7 000 0; return;;
      *"No route"*|*"unreachable"*) say "$1" "$2" "$4" "No route to host" 7 000 0; return;;
      *"bad address"*|*"unable to resolve"*|*"not known"*) say "$1" "$2" "$4" "" 6 000 0; return;;
    esac
    [ "$code" -ge 128 ] && log=crashed
    dials "$host" "$port"; code=$?
    case "$code" in 0) case "$log" in crashed) tool=nc; say "$1" "$2" "$4" "" 93 000 1; last=answered;; *"imed out"*) say "$1" "$2" "$4" "" 28 000 1;; *) say "$1" "$2" "$4" "" 92 000 1;; esac;;
      28) say "$1" "$2" "$4" "" 28 000 0;; *) say "$1" "$2" "$4" "" 92 000 0;; esac
    return
  fi
  tool=nc
  dials "$host" "$port"; code=$?
  case "$code" in 0) say "$1" "$2" "$4" "" 93 000 1; last=answered;; 7) say "$1" "$2" "$4" "Connection refused" 7 000 0;;
    *) say "$1" "$2" "$4" "" "$code" 000 0;; esac
}; fi
has curl || has wget || has nc || { echo NETCHECK-NO-TOOLS; exit 0; }
`;

/**
 * Runs the tries. One line on standard output for each. Two per target, three more when these differ; one in the other scheme when a guessed one is not
 * understood. A UDP port gets a question to a name server: any answer proves that something answers, a refusal (ICMP) that nothing listens, silence
 * nothing. No target is ever evaluated by the shell: they come as lines of an environment variable.
 */
const RUN = `udp() { # id try host port
  said=; how="nc -u"; got="no nc: invalid option"
  command -v nc >/dev/null 2>&1 && got=$({ printf '\\052\\052\\001\\000\\000\\001\\000\\000\\000\\000\\000\\000\\000\\000\\002\\000\\001' | nc -u -w 2 "$3" "$4" | { n=$(head -c 1 | wc -c); [ "$n" -eq 0 ] || echo REPLIED; }; } 2>&1 | tr -c '[:alnum:] .*' ' ' | head -c 200)
  case "$got" in
    *REPLIED*) code=93;;
    *nvalid\\ option*|*nrecognized*|*Usage*) # a small nc without UDP
      if command -v nslookup >/dev/null 2>&1; then
        how=nslookup; wait=; command -v timeout >/dev/null 2>&1 && wait="timeout 2"
        got=$($wait nslookup -port="$4" netcheck.invalid. "$3" 2>&1 | tr -c '[:alnum:] .*' ' ' | head -c 400)
        case "$got" in *onnection\\ refused*) code=7;; *NXDOMAIN*|*SERVFAIL*|*REFUSED*|*find*|*resolve*) code=93;; *) code=90;; esac
      else code=91; said="no tool in the image sends UDP"; fi;;
    *efused*) code=7;; *) code=90;; esac
  [ "$code" = 7 ] && said="Connection refused"
  printf 'NETCHECK {"tool":"%s","id":"%s","try":%s,"speaks":"","said":"%s","body":"","exit":%s,"http":"000","nc":0,"tc":0,"tt":0}\\n' "$how" "$1" "$2" "$said" "$code"
}
target() { # id scheme url other otherscheme to mark
  if [ "$2" = udp ]; then udp "$1" 1 $3; udp "$1" 2 $3; return; fi
  to=$6; mark=$7; most=${TRY_SECONDS}; [ "$2" = tcp ] && most=${TCP_SECONDS}; [ -n "$mark" ] && most=${VIA_SECONDS}
  one "$1" 1 "$3" "" "$most"; first=$last
  one "$1" 2 "$3" "" "$most"
  if [ "$first" != "$last" ]; then for n in 3 4 5; do one "$1" "$n" "$3" "" "$most"; done; fi
  if [ -n "$4" ]; then case "$js" in '"exit":52'*|'"exit":35'*|'"exit":56'*|*'"http":"400"'*) one "$1" 9 "$4" "$5" "$most";; esac; fi
}
printf '%s\\n' "$NETCHECK_TARGETS" | { n=0; while IFS='|' read -r id scheme url other otherscheme to mark; do
  [ -n "$id" ] || continue
  target "$id" "$scheme" "$url" "$other" "$otherscheme" "$to" "$mark" </dev/null &
  n=$((n+1)); [ $((n % ${SIDE_BY_SIDE})) -eq 0 ] && [ -z "$mark" ] && wait
done; wait; }`;

/** For the test pod, whose image has curl. The lines also go to the termination message, which is readable where logs are not. */
export const SCRIPT = `[ -z "\${NETCHECK_WAIT:-}" ] || sleep "$NETCHECK_WAIT"
${BY_CURL}${RUN} | tee /dev/termination-log
echo NETCHECK-END
`;

/**
 * For the standard input of a shell in a container of the user's, which has no variables of ours and whose termination message is not ours to write. Throws
 * nothing; the shell ends by itself.
 */
export function scriptFor(given: {
  readonly run: string;
  readonly targets: string;
  readonly headers: readonly string[];
}): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  return [
    `NETCHECK_RUN=${quoted(given.run)}`,
    `NETCHECK_TARGETS=${quoted(given.targets)}`,
    `NETCHECK_CONFIG=${quoted(configLines(given.headers))}`,
    `${BY_CURL}${BY_OTHERS}${RUN}`,
    "echo NETCHECK-END",
    "exit 0",
    "",
  ].join("\n");
}

/** How the requests of one place are marked; only those through an ingress controller are. */
export interface Marking {
  /** Eight hexadecimal digits. */
  readonly run: string;
  /** A number of this place, below 256 and different from those of all other places. */
  readonly place: number;
  /** Whether the marker stands in the query too, the one place that every access log shows. */
  readonly query: boolean;
}

/** The marker of a target for one place; undefined for targets that do not lead through a controller. */
export function markerFor(target: ProbeTarget, index: number, marking: Marking): string | undefined {
  return target.name === undefined ? undefined : markerOf(marking.run, marking.place, index);
}

function isHttp(scheme: ProbeTarget["scheme"]): boolean {
  return scheme === "http" || scheme === "https";
}

function url(target: ProbeTarget, scheme: string, marker: string | undefined): string {
  const { host, name, port, servicePort, path } = target;
  if (scheme === "udp") return `${host} ${port}`;
  if (scheme === "tcp") return `telnet://${hostPort(host, port)}`;
  const shown = name === undefined ? port : (servicePort ?? port);
  const isUsual = name !== undefined && shown === (scheme === "https" ? 443 : 80);
  const at = isUsual ? hostPort(name, shown).replace(/:\d+$/, "") : hostPort(name ?? host, shown);
  return `${scheme}://${at}${encodePath(marker === undefined ? path : markedPath(path, marker))}`;
}

/** Bytes that would end a line or a field of ours, or that curl would expand, as percent codes. */
export function encodePath(path: string): string {
  const rooted = path.startsWith("/") ? path : `/${path}`;
  return rooted.replaceAll(/[\s|"\\{}[\]<>^`\x00-\x1f\x7f]/g, (character) => encodeURIComponent(character));
}

/**
 * The lines for the script: `id|scheme|url|other url|other scheme|address to dial|marker`; the id of a target is its index. The address to dial stands
 * there when it is not that of the URL.
 */
export function targetLines(targets: readonly ProbeTarget[], marking: Marking): string {
  return targets
    .map((target, i) => {
      const marker = markerFor(target, i, marking);
      const inQuery = marking.query ? marker : undefined;
      const other = target.guessed && isHttp(target.scheme) ? (target.scheme === "http" ? "https" : "http") : "";
      const dialled =
        target.name === undefined || target.name === target.host ? "" : hostPort(target.host, target.port);
      return [
        i,
        target.scheme,
        url(target, target.scheme, inQuery),
        other === "" ? "" : url(target, other, inQuery),
        other,
        dialled,
        marker ?? "",
      ].join("|");
    })
    .join("\n");
}

/** Headers as lines of a curl config file, read from standard input: they never stand in the process list. */
export function configLines(headers: readonly string[]): string {
  return ["globoff", ...headers.map((header) => `header = ${JSON.stringify(header)}`)].join("\n");
}
