#!/usr/bin/env python3
"""Writes operations.hpp and operations.cpp from the HTTP contract.

    generate_operations.py api/openapi.yaml OUTPUT_FOLDER

The output is the table of operations (method, path, roles, tenant scope, parameters, bodies, answers) with their
schemas as constant data, and the declaration of one handler function an operation: an operation without a handler
does not link. Whatever the contract says in a way that the server would not enforce (an unknown schema keyword, an
operation without roles) is an error here, so that the contract never promises more than the server does.
"""
import json
import pathlib
import re
import sys

import yaml

METHODS = ("get", "post", "put", "patch", "delete")
TYPES = ("string", "integer", "number", "boolean", "array", "object")
FORMATS = {"date-time": "date_time", "binary": "binary", "int64": "none", None: "none"}
SCHEMA_KEYWORDS = {
    "type", "format", "description", "enum", "default", "minimum", "maximum", "minLength", "maxLength", "pattern",
    "items", "maxItems", "properties", "required", "additionalProperties", "anyOf", "$ref",
}
PARAMETER_KEYWORDS = {"name", "in", "required", "description", "schema", "style", "explode"}
OPERATION_KEYWORDS = {
    "operationId", "tags", "summary", "description", "x-roles", "x-public", "x-tenant", "x-read-only", "security",
    "parameters", "requestBody", "responses",
}


class ContractError(Exception):
    pass


def quoted(text):
    """A C++ string literal; octal escapes, since those end after three digits."""
    out = []
    for byte in str(text).encode():
        char = chr(byte)
        if char in '"\\':
            out.append("\\" + char)
        elif 32 <= byte < 127:
            out.append(char)
        else:
            out.append(f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


class Generator:
    def __init__(self, contract):
        self.contract = contract
        self.declarations = []  # C++ definitions of schema data, in order of dependence
        self.names = {}         # schema text -> C++ name
        self.counter = 0

    def follow(self, node, place):
        while isinstance(node, dict) and "$ref" in node:
            if len(node) != 1:
                raise ContractError(f"{place}: $ref with members beside it")
            target = self.contract
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def fresh(self, kind):
        self.counter += 1
        return f"{kind}_{self.counter}"

    def array(self, kind, ctype, items):
        """A constant array and the expression for a span over it."""
        if not items:
            return "{}"
        name = self.fresh(kind)
        self.declarations.append(f"constexpr {ctype} {name}[] = {{{', '.join(items)}}};")
        return name

    def pattern(self, text, place):
        """An anchored sequence of character sets with counts; that is all the contract may use."""
        body = re.fullmatch(r"\^(.*)\$", text)
        part = re.compile(r"\[((?:[^\]\\])+)\](?:\{(\d+)(?:,(\d+))?\}|([*+?]))?")
        if not body:
            raise ContractError(f"{place}: pattern must be anchored: {text}")
        runs, at = [], 0
        while at < len(body[1]):
            match = part.match(body[1], at)
            if not match:
                raise ContractError(f"{place}: pattern is more than a sequence of character sets: {text}")
            characters = re.sub(r"(.)-(.)", lambda m: "".join(map(chr, range(ord(m[1]), ord(m[2]) + 1))), match[1])
            low, high = {"*": (0, None), "+": (1, None), "?": (0, 1), None: (1, 1)}[match[4]]
            if match[2]:
                low = int(match[2])
                high = int(match[3]) if match[3] else low
            high_text = "0xffffffffu" if high is None else f"{high}u"
            runs.append(f"{{{quoted(characters)}, {low}u, {high_text}}}")
            at = match.end()
        return self.array("runs", "CharacterRun", runs)

    def schema(self, node, place):
        """The C++ name of the constant Schema that says what `node` says."""
        name = node["$ref"].rsplit("/", 1)[1] if isinstance(node, dict) and "$ref" in node else ""
        node = self.follow(node, place)
        key = name + json.dumps({k: v for k, v in node.items() if k != "description"}, sort_keys=True)
        if key in self.names:
            return self.names[key]
        unknown = set(node) - SCHEMA_KEYWORDS
        if unknown:
            raise ContractError(f"{place}: schema keyword not enforced by the server: {', '.join(sorted(unknown))}")
        kind = node.get("type", "any")
        if kind != "any" and kind not in TYPES:
            raise ContractError(f"{place}: type {kind}")
        if node.get("format") not in FORMATS:
            raise ContractError(f"{place}: format {node['format']}")
        fields = [f".type = SchemaType::{kind}"]
        if name:
            fields.append(f".name = {quoted(name)}")
        if FORMATS[node.get("format")] != "none":
            fields.append(f".format = SchemaFormat::{FORMATS[node.get('format')]}")
        for keyword, member in (("minimum", "minimum"), ("maximum", "maximum")):
            if keyword in node:
                if not isinstance(node[keyword], int):
                    raise ContractError(f"{place}: {keyword} must be an integer")
                fields.append(f".{member} = {node[keyword]}")
        for keyword, member in (("minLength", "min_length"), ("maxLength", "max_length"), ("maxItems", "max_items")):
            if keyword in node:
                fields.append(f".{member} = {node[keyword]}u")
        if "enum" in node:
            fields.append(f".choices = {self.array('choices', 'std::string_view', [quoted(c) for c in node['enum']])}")
        if "pattern" in node:
            fields.append(f".pattern = {self.pattern(node['pattern'], place)}")
        if "items" in node:
            fields.append(f".items = &{self.schema(node['items'], place + '[]')}")
        if "properties" in node:
            required = node.get("required", [])
            missing = set(required) - set(node["properties"])
            if missing:
                raise ContractError(f"{place}: required but not described: {', '.join(sorted(missing))}")
            rows = [
                f"{{{quoted(member)}, &{self.schema(child, place + '.' + member)}, {'true' if member in required else 'false'}}}"
                for member, child in node["properties"].items()
            ]
            fields.append(f".properties = {self.array('properties', 'SchemaProperty', rows)}")
        if kind == "object":
            additional = node.get("additionalProperties", True)
            if additional is False:
                fields.append(".closed = true")
            elif isinstance(additional, dict):
                fields.append(f".additional = &{self.schema(additional, place + '.*')}")
        if "anyOf" in node:
            rows = [f"&{self.schema(child, place + '|')}" for child in node["anyOf"]]
            fields.append(f".any_of = {self.array('choices_of', 'const Schema*', rows)}")
        if "default" in node:
            fields.append(f".default_json = {quoted(json.dumps(node['default'], ensure_ascii=False))}")
        own = self.fresh("schema")
        self.declarations.append(f"constexpr Schema {own} = {{{', '.join(fields)}}};")
        self.names[key] = own
        return own

    def parameter(self, node, place):
        node = self.follow(node, place)
        unknown = set(node) - PARAMETER_KEYWORDS
        if unknown:
            raise ContractError(f"{place}: parameter keyword not enforced: {', '.join(sorted(unknown))}")
        kind = self.follow(node["schema"], place).get("type")
        if kind == "array" and (node.get("style"), node.get("explode")) != ("form", False):
            raise ContractError(f"{place}: a list parameter must have style form, explode false")
        if kind == "object":
            raise ContractError(f"{place}: a parameter cannot be an object")
        return (node["name"], node["in"], bool(node.get("required")), self.schema(node["schema"], place))

    def operation(self, path, method, shared, node):
        place = f"{method.upper()} {path}"
        unknown = set(node) - OPERATION_KEYWORDS
        if unknown:
            raise ContractError(f"{place}: unknown member: {', '.join(sorted(unknown))}")
        identifier = node["operationId"]
        if not re.fullmatch(r"[a-z][a-z0-9_]*", identifier):
            raise ContractError(f"{place}: operationId must be snake_case")
        public = node.get("x-public", False)
        roles = node.get("x-roles", [])
        if public == bool(roles):
            raise ContractError(f"{place}: exactly one of x-public and x-roles is needed")
        if public and node.get("security") != []:
            raise ContractError(f"{place}: a public operation says security: []")
        if set(roles) - {"admin", "analyst", "client"}:
            raise ContractError(f"{place}: unknown role in {roles}")
        tenant = node.get("x-tenant")
        if tenant not in ("query", "none") or (public and tenant != "none"):
            raise ContractError(f"{place}: x-tenant must be query or none, and none where public")

        parameters = [self.parameter(p, place) for p in shared + node.get("parameters", [])]
        if tenant == "query" and not any(p[0] == "tenant" for p in parameters):
            parameters.append(self.parameter({"$ref": "#/components/parameters/Tenant"}, place))
        named = set(re.findall(r"\{(\w+)\}", path))
        if named != {p[0] for p in parameters if p[1] == "path"}:
            raise ContractError(f"{place}: path parameters differ from the path")
        rows = [f"{{{quoted(n)}, ParameterPlace::{w}, {'true' if r else 'false'}, &{s}}}" for n, w, r, s in parameters]
        parameter_array = self.array("parameters", "Parameter", rows)

        body, media, body_schema, required = node.get("requestBody"), [], "nullptr", "false"
        if body:
            required = "true" if body.get("required") else "false"
            media = list(body["content"])
            if "application/json" in media:
                if len(media) != 1:
                    raise ContractError(f"{place}: JSON beside other media types")
                body_schema = "&" + self.schema(body["content"]["application/json"]["schema"], place + " body")
        media_array = self.array("media", "std::string_view", [quoted(m) for m in media])

        answers = []
        for status, answer in node["responses"].items():
            answer = self.follow(answer, place)
            content = answer.get("content", {})
            if len(content) > 1 and "application/json" in content:
                raise ContractError(f"{place}: JSON beside other media types in answer {status}")
            number = 0 if status == "default" else int(status)
            for kind, shape in content.items():
                pointer = "&" + self.schema(shape["schema"], f"{place} {status}")
                answers.append(f"{{{number}, {quoted(kind)}, {pointer}}}")
            if not content:
                answers.append(f"{{{number}, {{}}, nullptr}}")
        answer_array = self.array("answers", "Answer", answers)
        role_array = self.array("roles", "access::Role", [f"access::Role::{r}" for r in roles])

        return identifier, "{" + ", ".join([
            f".id = {quoted(identifier)}",
            f".method = net::HttpMethod::{'delete_' if method == 'delete' else method}",
            f".path = {quoted(path)}",
            f".tag = {quoted(node['tags'][0])}",
            f".access = OperationAccess::{'anybody' if public else 'signed_in'}",
            f".roles = {role_array}",
            f".tenant = TenantRule::{tenant}",
            f".effect = OperationEffect::{'reads' if method == 'get' or node.get('x-read-only') else 'writes'}",
            f".parameters = {parameter_array}",
            f".body_required = {required}",
            f".media_types = {media_array}",
            f".body = {body_schema}",
            f".answers = {answer_array}",
            f".handler = &handlers::{identifier}",
        ]) + "}"

    def generate(self):
        operations = []
        for path, item in self.contract["paths"].items():
            shared = item.get("parameters", [])
            for method, node in item.items():
                if method == "parameters":
                    continue
                if method not in METHODS:
                    raise ContractError(f"{path}: unknown member {method}")
                operations.append(self.operation(path, method, shared, node))
        identifiers = [identifier for identifier, _ in operations]
        if len(set(identifiers)) != len(identifiers):
            raise ContractError("an operationId occurs twice")
        named = {name: self.schema({"$ref": f"#/components/schemas/{name}"}, name) for name in self.contract["components"]["schemas"]}

        header = "// Generated from api/openapi.yaml by generate_operations.py.\n#pragma once\n\n#include \"operation.hpp\"\n\n"
        header += "namespace shuwei::api {\n\nstd::span<const Operation> operations();\n"
        header += "// A component schema by name, or null.\nconst Schema* component_schema(std::string_view name);\n\nnamespace handlers {\n"
        header += "".join(f"base::Result<net::HttpResponse> {identifier}(Context& context);\n" for identifier in identifiers)
        header += "}  // namespace handlers\n\n}  // namespace shuwei::api\n"

        source = "// Generated from api/openapi.yaml by generate_operations.py.\n#include \"operations.hpp\"\n\n#include <utility>\n\n"
        source += "namespace shuwei::api {\nnamespace {\n\n" + "\n".join(self.declarations)
        source += "\n\nconstexpr Operation table[] = {\n" + "".join(f"    {row},\n" for _, row in operations) + "};\n\n"
        source += "constexpr std::pair<std::string_view, const Schema*> components[] = {\n"
        source += "".join(f"    {{{quoted(name)}, &{pointer}}},\n" for name, pointer in named.items()) + "};\n\n}  // namespace\n\n"
        source += "std::span<const Operation> operations() { return table; }\n\n"
        source += "const Schema* component_schema(std::string_view name) {\n    for (const auto& [known, schema] : components) {\n"
        source += "        if (known == name) return schema;\n    }\n    return nullptr;\n}\n\n}  // namespace shuwei::api\n"
        return header, source


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    contract_file, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    with open(contract_file, encoding="utf-8") as file:
        contract = yaml.safe_load(file)
    try:
        header, source = Generator(contract).generate()
    except (ContractError, KeyError) as error:
        print(f"{contract_file}: {error}", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "operations.hpp").write_text(header, encoding="utf-8")
    (folder / "operations.cpp").write_text(source, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
