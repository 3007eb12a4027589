/** A reporter for node's test runner that writes the files in which a test failed, one a line. */
import type { TestEvent } from "node:test/reporters";

export default async function* failedFiles(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const files = new Set<string>();
  for await (const event of source) {
    if (event.type === "test:fail" && event.data.file !== undefined) files.add(event.data.file);
  }
  yield [...files].join("\n");
}
