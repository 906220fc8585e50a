"""Checks the documents about an image with readers that fourply did not write.

check.py CYCLONEDX SPDX ROOTFS [PROVENANCE DIGEST]
  the CycloneDX document fits the official JSON schema; the SPDX document is valid to spdx-tools; every package URL is one, in its canonical form;
  the packages of both are exactly those that a walk of the unpacked image finds: each package.json that is a package's own, below node_modules;
  the statement names the image, and is of in-toto's and SLSA's types.
"""

import json
import os
import re
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

OWN = re.compile(r"(?:^|/)node_modules/(?:@[^/]+/)?[^@/][^/]*/package\.json$")


def fail(text):
    print(f"FAILED: {text}")
    sys.exit(1)


def walk(rootfs):
    """Folders of packages by path, with what their package.json says."""
    found = {}
    for folder, _, files in os.walk(rootfs):
        path = os.path.join(folder, "package.json")
        inside = "/" + os.path.relpath(path, rootfs)
        if "package.json" in files and not os.path.islink(path) and OWN.search(inside):
            try:
                with open(path, encoding="utf-8-sig") as file:
                    said = json.load(file)
            except ValueError:
                said = {}
            found[os.path.dirname(inside)] = (said.get("name"), said.get("version"))
    return found


def cyclonedx(path):
    with open(path) as file:
        text = file.read()
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error:
        fail(f"{path} does not fit CycloneDX 1.6: {error}")
    bom = json.loads(text)
    ids = [one["bom-ref"] for one in bom["components"]]
    if len(ids) != len(set(ids)):
        fail("two components have one bom-ref")
    for dependency in bom["dependencies"]:
        for to in dependency.get("dependsOn", []):
            if to not in ids:
                fail(f"an edge leads to {to}, which is not there")
    return bom


def spdx(path):
    messages = validate_full_spdx_document(parse_file(path))
    if messages:
        fail(f"{path} is not valid: {messages[0]}")
    with open(path) as file:
        return json.load(file)


def packages(bom):
    found = {}
    for one in bom["components"]:
        kind = next(p["value"] for p in one["properties"] if p["name"] == "fourply:kind")
        name = "/".join(filter(None, [one.get("group"), one["name"]]))
        for place in one.get("evidence", {}).get("occurrences", []):
            if OWN.search(place["location"] + "/package.json") and kind in ("npm", "workspace", "generated"):
                if place["location"] in found:
                    fail(f"{place['location']} is that of two components")
                found[place["location"]] = (name, one.get("version"))
    return found


def main():
    bom, document, rootfs = cyclonedx(sys.argv[1]), spdx(sys.argv[2]), sys.argv[3]
    purls = [one["purl"] for one in bom["components"] if "purl" in one]
    for purl in purls + [bom["metadata"]["component"]["purl"]]:
        if PackageURL.from_string(purl).to_string() != purl:
            fail(f"{purl} is written {PackageURL.from_string(purl).to_string()}")
    told, there = packages(bom), walk(rootfs)
    missing, spare = sorted(set(there) - set(told)), sorted(set(told) - set(there))
    if missing or spare:
        fail(f"missing {len(missing)}: {missing[:5]}, not in the image {len(spare)}: {spare[:5]}")
    for path, (name, version) in there.items():
        if told[path] != (name or told[path][0], version or told[path][1]):
            fail(f"{path} is {name} {version}, but the document has {told[path]}")
    located = "".join(one.get("sourceInfo", "") + "," for one in document["packages"])
    for path in there:
        if f"{path}," not in located:
            fail(f"the SPDX document lacks {path}")
    if len(document["packages"]) != len(bom["components"]) + 1:
        fail("the two documents have different components")
    if len(sys.argv) > 4:
        with open(sys.argv[4]) as file:
            statement = json.load(file)
        subject = statement["subject"][0]["digest"]["sha256"]
        types = (statement["_type"], statement["predicateType"])
        if types != ("https://in-toto.io/Statement/v1", "https://slsa.dev/provenance/v1"):
            fail(f"the statement is of the types {types}")
        if f"sha256:{subject}" != sys.argv[5]:
            fail(f"the statement is about {subject}")
    print(f"{len(there)} packages, all told; {len(bom['components'])} components, {len(purls)} package URLs")


main()
