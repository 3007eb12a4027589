import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { REDACTED, redact, redactPair } from "../../src/model/redact.ts";

describe("redact", () => {
  const hidden: readonly (readonly [string, string])[] = [
    ["a connection string", "dial postgres://shop:hunter2@db:5432/shop failed"],
    ["a MySQL data source name", "shop:hunter2@tcp(db:3306)/shop"],
    ["password=", "password=hunter2 host=db"],
    ["a password in quotes", 'password: "hunter2 with spaces"'],
    ["JSON", '{"client_secret":"hunter2","id":1}'],
    ["an environment variable", "DB_PASSWORD=hunter2"],
    ["a flag", "app --token hunter2 --port 80"],
    ["an Azure storage key", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=hunter2==;EndpointSuffix=x"],
    ["a SAS signature", "https://a.blob.core.windows.net/c?sv=1&sig=hunter2%3D"],
    ["a bearer token", "Authorization: Bearer hunter2hunter2"],
    ["a JSON Web Token", "got eyJhbGciOiJIhunter2.eyJzdWIhunter2.hunter2"],
    ["a private key", "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----"],
  ];
  for (const [name, text] of hidden) it(`hides ${name}`, () => assert.doesNotMatch(redact(text), /hunter2/));

  it("leaves what explains a fault", () => {
    const plain = 'dial tcp 10.0.0.7:5432: connect: connection refused; secret "db" not found';
    assert.equal(redact(plain), plain);
    assert.match(redact("postgres://u:p@db:5432/shop"), /@db:5432\/shop/);
  });
});

describe("a value by its name", () => {
  const names =
    "DB_PASSWORD passwd passphrase PWD client.secret TOKEN api-key APIKEY access_key accountKey SharedAccessKey shared_access_signature privateKey client_secret credential CREDENTIALS session-id";
  for (const name of names.split(" "))
    it(`hides what is called ${name}`, () => assert.equal(redactPair(name, "hunter2"), REDACTED));

  it("shows what no name makes a secret, less what looks like one in it", () => {
    assert.equal(redactPair("replicas", "3"), "3");
    assert.doesNotMatch(redactPair("url", "https://me:hunter2@host"), /hunter2/);
    assert.equal(redactPair("token", ""), "");
  });
});
