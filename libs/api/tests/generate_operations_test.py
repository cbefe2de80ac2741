"""What generate_operations.py refuses: a contract that promises what the server would not do."""
import copy
import pathlib
import sys
import unittest

import yaml

HOME = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HOME))
import generate_operations as generator  # noqa: E402

CONTRACT = yaml.safe_load((HOME / "../../api/openapi.yaml").read_text(encoding="utf-8"))


class Refused(unittest.TestCase):
    def refused(self, change, complaint):
        contract = copy.deepcopy(CONTRACT)
        change(contract)
        with self.assertRaisesRegex(generator.ContractError, complaint):
            generator.Generator(contract).generate()

    def test_the_contract_itself_is_taken(self):
        header, source = generator.Generator(CONTRACT).generate()
        self.assertIn("base::Result<net::HttpResponse> list_alerts(Context& context);", header)
        self.assertIn('.path = "/api/v1/alerts"', source)

    def test_an_operation_without_roles(self):
        self.refused(lambda c: c["paths"]["/api/v1/alerts"]["get"].pop("x-roles"), "x-public and x-roles")

    def test_an_operation_open_to_all_and_to_roles(self):
        self.refused(lambda c: c["paths"]["/api/v1/alerts"]["get"].update({"x-public": True}), "x-public and x-roles")

    def test_an_unknown_role(self):
        self.refused(lambda c: c["paths"]["/api/v1/alerts"]["get"].update({"x-roles": ["guest"]}), "unknown role")

    def test_an_operation_without_a_tenant_rule(self):
        self.refused(lambda c: c["paths"]["/api/v1/alerts"]["get"].pop("x-tenant"), "x-tenant")

    def test_a_schema_keyword_that_is_not_enforced(self):
        schemas = lambda c: c["components"]["schemas"]
        self.refused(lambda c: schemas(c)["LoginRequest"]["properties"]["name"].update({"not": {}}), "not enforced")
        self.refused(lambda c: schemas(c)["LoginRequest"].update({"minProperties": 1}), "not enforced")

    def test_a_pattern_beyond_character_sets(self):
        member = lambda c: c["components"]["schemas"]["TenantCreate"]["properties"]["name"]
        self.refused(lambda c: member(c).update({"pattern": "^(a+)+$"}), "sequence of character sets")
        self.refused(lambda c: member(c).update({"pattern": "[a-z]"}), "anchored")

    def test_path_parameters_that_differ_from_the_path(self):
        self.refused(lambda c: c["paths"]["/api/v1/alerts/{alert_id}"].pop("parameters"), "differ from the path")

    def test_an_operation_id_that_occurs_twice(self):
        self.refused(lambda c: c["paths"]["/api/v1/alerts"]["get"].update({"operationId": "get_alert"}), "occurs twice")


if __name__ == "__main__":
    unittest.main()
