/** Kubeconfigs as tools write them are read without js-yaml, and as js-yaml reads them; of all else it keeps its hands off. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { load } from "js-yaml";
import { plainYaml } from "../../src/kube/plain-yaml.ts";

/** `kubectl config view --raw`. */
const KUBECTL = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1J+/==
    server: https://127.0.0.1:6443
  name: kind-shop
contexts:
- context:
    cluster: kind-shop
    namespace: shop
    user: kind-shop
  name: kind-shop
current-context: kind-shop
kind: Config
preferences: {}
users:
- name: kind-shop
  user:
    client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1J
    client-key-data: LS0tLS1CRUdJTiBFQyBQUklWQVRFIEtFWS0tLS0t
`;

/** `az aks get-credentials` and `kubelogin convert-kubeconfig`, and what people add by hand. */
const AZ = `---
# staging
kind: Config
apiVersion: v1
clusters:
  - name: 'web'
    cluster:
      server: https://web-dns-1a2b3c4d.hcp.westeurope.azmk8s.io:443
      insecure-skip-tls-verify: false
contexts:
  - context: {cluster}
    name: "other"
  - name: web
    context:
      cluster: web
      namespace:
      user: clusterUser_shop_web
current-context: web

users:
  - name: clusterUser_shop_web
    user:
      exec:
        apiVersion: client.authentication.k8s.io/v1beta1
        args:
        - get-token
        - --server-id
        - 6dae42f8-4368-4678-94ff-3960e28e3630
        - -l
        - azurecli
        command: kubelogin
        env: null
        installHint: 'see https://aka.ms/aks/kubelogin: how to install'
        provideClusterInfo: false
`.replace("{cluster}", "{}");

function agrees(text: string): boolean {
  const plain = plainYaml(text);
  if (plain === undefined) return true;
  try {
    return isDeepStrictEqual(plain.value, load(text, { json: true }));
  } catch {
    return false;
  }
}

describe("plainYaml reads", () => {
  for (const [name, text] of [
    ["what kubectl writes", KUBECTL],
    ["what az and kubelogin write, with quotes, comments, empty values and lists in their key's column", AZ],
    ["JSON", JSON.stringify(load(KUBECTL), null, 2)],
  ] as const)
    it(name, () => assert.deepEqual(plainYaml(text)?.value, load(text)));
});

describe("plainYaml leaves to js-yaml", () => {
  for (const [what, text] of Object.entries({
    "a number, which a token may look like": "token: 123456",
    "a number that is none to everybody": "token: 0o17",
    "a date": "name: 2026-11-30",
    "a comment behind a value": "server: https://a # the old one",
    "a text on several lines": "token: |\n  abc\n",
    "a folded text": "token: abc\n  def",
    "an anchor": "user: &me\n  token: abc",
    "a tag": "token: !!str abc",
    "a list in one line": "args: [get-token]",
    "escapes in quotes": 'token: "a\\nb"',
    "a yes or no": "token: yes",
    "a nothing of another spelling": "token: ~",
    "a tab": "users:\t[]",
    "a character beyond ASCII": "name: prod\u00fcktion",
    "a line end of Windows": "kind: Config\r\n",
    "two documents": "kind: Config\n---\nkind: Config",
    "a wrong column": "users:\n- name: a\n  user:\n    token: abc\n   x: y\n",
    "a key that asks for a merge": "<<: abc",
    "a text that goes on as a mapping": "name: a: b",
    "JSON that is none": '{"name": "a",}',
    nothing: "\n",
  }))
    it(what, () => assert.equal(plainYaml(text), undefined));
});

describe("plainYaml and js-yaml", () => {
  const BITS =
    "- |-|: |:| |  |\n|\n  |\n- |#| #|'|\"|{}|[]|{|null|~|true|True|1|0x1|1e3|2020-01-01|>|&a|*a|!x|?|%|@|,|a|key: |- a|---|...|\n---\n|<<: |yes|--a|\t|é|\\|\n#c\n";

  /** The same numbers on every run (a linear congruential generator): a failure can be repeated. */
  function numbers(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return state % below;
    };
  }

  it("agree on texts with errors in them, as far as plainYaml reads those at all", () => {
    const next = numbers(7);
    const bits = BITS.split("|");
    let read = 0;
    for (let i = 0; i < 4000; i += 1) {
      let text = i % 2 === 0 ? KUBECTL : AZ;
      for (let changes = next(3); changes >= 0; changes -= 1) {
        const at = next(text.length);
        text = text.slice(0, at) + (next(3) === 0 ? "" : bits[next(bits.length)]) + text.slice(at + next(7));
      }
      if (plainYaml(text) !== undefined) read += 1;
      assert.ok(agrees(text), text);
    }
    assert.ok(read > 500, `only ${read} were read: the test shows nothing`);
  });
});
