import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { check as images } from "../../src/checks/pod/image-pull.ts";
import { runCheck } from "../support/checks.ts";
import { pendingPod, waiting } from "../support/containers.ts";

describe("a remedy that quotes the cluster", () => {
  it("has no line that a comment was meant to cover, nor a word that the shell would run", () => {
    for (const end of ["\n", "\r\n", "\u2028", "\n\n  "]) {
      const image = `web:1${end}id > /tmp/x #`;
      const pod = pendingPod([waiting("ErrImagePull", "manifest for web:1 not found: manifest unknown")], {
        spec: { nodeName: "node-1", containers: [{ name: "web", image }] },
      });
      const { findings } = runCheck(images, { pods: [pod] });
      const lines = findings.flatMap(({ remedy }) => remedy);
      const comments = lines.filter((line) => line.startsWith("#"));
      assert.ok(
        comments.some((line) => line.includes("web:1 id > /tmp/x")),
        "the image is quoted in a comment",
      );
      for (const line of comments) assert.doesNotMatch(line, /[\n\r\u2028]/);
      // The command keeps the name as it is, within quotes.
      assert.ok(lines.includes(`docker manifest inspect '${image}'`), lines.join("\n"));
    }
  });
});
