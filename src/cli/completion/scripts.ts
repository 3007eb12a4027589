/** Shell code of `netcheck completion SHELL`: hooks that ask `kubectl-netcheck __complete` for the choices. */

/** The program that kubectl (1.26 and later) looks for on PATH when it completes `kubectl netcheck …`. */
export const HOOK_NAME = "kubectl_complete-netcheck";
/** Tells our file from someone else's of that name. */
export const HOOK_MARK = "completion hook of kubectl-netcheck";

export function hookFor(platform: string): { readonly name: string; readonly text: string } {
  return platform === "win32"
    ? { name: `${HOOK_NAME}.cmd`, text: `@rem ${HOOK_MARK}\r\n@kubectl-netcheck __complete %*\r\n` }
    : { name: HOOK_NAME, text: `#!/bin/sh\n# ${HOOK_MARK}\nexec kubectl-netcheck __complete "$@"\n` };
}

const bash = `# bash completion of kubectl-netcheck; for "kubectl netcheck" run: kubectl netcheck completion install
_kubectl_netcheck() {
  local cur=\${COMP_WORDS[COMP_CWORD]} line word directive=4 out
  COMPREPLY=()
  out=$(kubectl-netcheck __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) || return
  while IFS= read -r line; do
    case $line in
      :*) directive=\${line#:} ;;
      ?*) word=\${line%%$'\\t'*}; [[ $word == "$cur"* ]] && COMPREPLY+=("$word") ;;
    esac
  done <<<"$out"
  if [[ $directive == 0 && \${#COMPREPLY[@]} == 0 ]]; then compopt -o default 2>/dev/null; fi
}
complete -F _kubectl_netcheck kubectl-netcheck
`;

const zsh = `#compdef kubectl-netcheck
# zsh completion of kubectl-netcheck; for "kubectl netcheck" run: kubectl netcheck completion install
_kubectl_netcheck() {
  local line directive=4
  local -a choices
  for line in "\${(@f)$(kubectl-netcheck __complete "\${(@)words[2,$CURRENT]}" 2>/dev/null)}"; do
    case $line in
      :*) directive=\${line#:} ;;
      *$'\\t'*) choices+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
      ?*) choices+=("\${line//:/\\\\:}") ;;
    esac
  done
  if (( \${#choices} )); then _describe 'kubectl netcheck' choices; elif [[ $directive == 0 ]]; then _files; fi
}
if [ "$funcstack[1]" = "_kubectl_netcheck" ]; then _kubectl_netcheck; else compdef _kubectl_netcheck kubectl-netcheck; fi
`;

const fish = `# fish completion of kubectl-netcheck; for "kubectl netcheck" run: kubectl netcheck completion install
function __kubectl_netcheck_complete
  set -l words (commandline -opc)[2..-1] (commandline -ct)
  kubectl-netcheck __complete $words 2>/dev/null | string match -rv '^:\\d+$'
end
complete -c kubectl-netcheck -f -a '(__kubectl_netcheck_complete)'
complete -c kubectl-netcheck -s f -l filename -r -F
complete -c kubectl-netcheck -l kubeconfig -r -F
`;

const powershell = `# PowerShell completion of kubectl-netcheck; for "kubectl netcheck" run: kubectl netcheck completion install
Register-ArgumentCompleter -Native -CommandName kubectl-netcheck -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($wordToComplete -eq '') { $words += '""' }
  kubectl-netcheck __complete @words 2>$null | Where-Object { $_ -notmatch '^:\\d+$' } | ForEach-Object {
    $word, $meaning = $_ -split "\`t", 2
    if (-not $meaning) { $meaning = $word }
    [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $meaning)
  }
}
`;

export const SCRIPTS = { bash, zsh, fish, powershell } as const;
