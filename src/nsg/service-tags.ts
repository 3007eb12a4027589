import { type Cidr, parseCidr } from "../model/cidr.ts";
import { flattened, isObject, listOf, textOf } from "./json.ts";

/**
 * Prefixes by lower-case tag, from the parsed JSON of `az network list-service-tags -l REGION` or of the weekly download
 * (`{"values":[{"name","properties":{"addressPrefixes"}}]}`). Anything else gives an empty map: tags then stay unknown.
 */
export function decodeServiceTags(document: unknown): ReadonlyMap<string, readonly Cidr[]> {
  const values = isObject(document) ? listOf(document["values"]) : [];
  return new Map(
    values.flatMap((value) => {
      if (!isObject(value) || textOf(value["name"]) === "") return [];
      const prefixes = listOf(flattened(value)["addressPrefixes"]);
      return [
        [textOf(value["name"]).toLowerCase(), prefixes.flatMap((text) => parseCidr(textOf(text)) ?? [])] as const,
      ];
    }),
  );
}
