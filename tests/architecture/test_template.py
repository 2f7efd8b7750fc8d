"""The template: well-formed, least privilege, and in step with the code that it deploys."""

import copy
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from builders.cloudformation import DEPLOYMENT as HOME
from builders.cloudformation import listed, read_template, statements
from pabal.configuration.settings import Settings
from pabal.domain.tracking import Tracking
from pabal.ledger.dynamodb.schema import EXPIRES, definition

_ARN = "arn:aws:iam::123456789012:role/pabal"
# Actions that know no resource, by what IAM says of them (service authorization reference).
WITHOUT_RESOURCE = {
    "ses:GetAccount", "ses:ListEmailIdentities", "logs:CreateLogDelivery", "logs:GetLogDelivery",
    "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:ListLogDeliveries",
    "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
}  # fmt: skip


@pytest.fixture(scope="module")
def template():
    return read_template("template.yaml")


@pytest.fixture(scope="module")
def console():
    return read_template("console.yaml")


@pytest.fixture(scope="module")
def machine():
    return json.loads((HOME / "campaign.asl.json").read_text())


def _functions(template):
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def test_cfn_lint_finds_nothing(machine, tmp_path):
    """In the templates, and in the state machine, which is read where it stands in a template."""
    definition = re.sub(r"\$\{\w+\}", _ARN, json.dumps(machine))
    properties = {"RoleArn": _ARN, "DefinitionString": definition}
    alone = {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}}
    path = tmp_path / "machine.json"
    path.write_text(json.dumps({"Resources": alone}))
    command = [Path(sys.executable).parent / "cfn-lint", *HOME.glob("*.yaml"), path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_asl_validator_finds_nothing(machine, tmp_path):
    """Also in paths into the data, and in states that nothing leads to."""
    validator = HOME.parents[1] / "requirements/states/node_modules/.bin/asl-validator"
    if not validator.exists():
        pytest.skip("without npm: requirements/states.sh")
    path, broken = tmp_path / "machine.json", tmp_path / "broken.json"
    path.write_text(json.dumps(machine))
    machine["States"]["WaitForMails"]["SecondsPath"] = "watch.seconds"
    broken.write_text(json.dumps(machine))
    said = subprocess.run(
        [validator, "--json-path", path, "--json-path", broken],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert f'"{path}" is valid' in said.stdout, said.stdout
    assert "/States/WaitForMails/SecondsPath is invalid" in said.stdout + said.stderr


def test_sam_takes_the_template_and_adds_no_role(template, monkeypatch):
    """A role that it makes may read every queue of the account, and write every log."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-2")
    source = (HOME / "template.yaml").read_text()
    source = source.replace("Uri: .\n", "Uri: s3://bucket/code\n")
    source = source.replace("Uri: campaign.asl.json\n", "Uri: s3://bucket/machine\n")
    made = transform(yaml_parse(source), {}, _NoManagedPolicies())["Resources"]
    roles = {name for name, each in made.items() if each["Type"] == "AWS::IAM::Role"}
    assert roles == {name for name, each in template["Resources"].items()
                     if each["Type"] == "AWS::IAM::Role"}  # fmt: skip
    assert "aws:policy/" not in json.dumps([made[name] for name in roles])
    kinds = Counter(each["Type"] for each in made.values())
    assert (kinds["AWS::Lambda::Function"], kinds["AWS::Lambda::EventSourceMapping"]) == (8, 3)


class _NoManagedPolicies:
    """What SAM asks for AWS's own policies: there are none that the template may name."""

    def load(self):
        return {}


def test_no_policy_allows_more_than_it_must(template, console):
    """No wildcard action anywhere, and "*" for a resource only where the action has none."""
    assert not [*_too_wide(template), *_too_wide(console)]


@pytest.mark.parametrize(
    ("action", "resource"),
    [("s3:*", "arn:aws:s3:::bucket"), ("s3:Get*", "x"), ("s3:GetObject", "*"), ("*", "x")],
)
def test_a_policy_that_allows_too_much_is_found(template, action, resource):
    wide = copy.deepcopy(template)
    wide["Resources"]["SendRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"] += [
        {"Effect": "Allow", "Action": ["sqs:SendMessage", action], "Resource": [resource]}
    ]
    assert ("SendRole", action) in _too_wide(wide)


def _too_wide(template):
    for name, statement in statements(template):
        if statement["Effect"] == "Deny":
            continue
        for action in listed(statement["Action"]):
            is_all = "*" in listed(statement["Resource"])
            if "*" in action or (is_all and action not in WITHOUT_RESOURCE):
                yield name, action


def test_each_function_has_a_role_a_log_and_a_handler_of_its_own(template):
    functions = _functions(template)
    handlers = [each["Handler"] for each in functions.values()]
    assert len(set(handlers)) == len(functions) == 8
    for function, each in functions.items():
        name = function.removesuffix("Function")
        assert each["Role"] == f"!GetAtt {name}Role.Arn"
        assert f"{name}Log" in template["Resources"]
        own = template["Resources"][f"{name}Role"]["Properties"]["Policies"][0]
        log = own["PolicyDocument"]["Statement"][0]["Resource"]
        assert log.endswith(f"/aws/lambda/${{AWS::StackName}}-{function}-*")
        source = each["Handler"].removesuffix(".handler").replace(".", "/")
        assert (HOME.parents[1] / "src" / f"{source}.py").exists()


def test_functions_are_told_all_that_they_ask_for(template):
    """Each setting that the code reads is given by the template somewhere, and none besides."""
    code = (HOME.parents[1] / "src/pabal/pipeline/aws/surroundings.py").read_text()
    asked = set(re.findall(r'"(PABAL_[A-Z_]+)"', code))
    told = set(template["Globals"]["Function"]["Environment"]["Variables"])
    for each in _functions(template).values():
        told |= set(each.get("Environment", {}).get("Variables", {}))
    assert told <= asked
    assert asked - told <= {"PABAL_MAX_MAIL_BYTES", "PABAL_AWS_SES_PATIENCE"}


def test_the_table_is_the_one_that_the_ledger_knows(template):
    table = template["Resources"]["Ledger"]["Properties"]
    for name, value in definition().items():
        assert table[name] == value, name
    assert table["TimeToLiveSpecification"]["AttributeName"] == EXPIRES


def test_every_queue_has_somewhere_to_put_what_fails_and_an_alarm_there(template):
    resources = template["Resources"]
    queues = {name for name, each in resources.items() if each["Type"] == "AWS::SQS::Queue"}
    for name in queues:
        if name.startswith("Dead"):
            assert f"{name}NotEmpty" in resources
        else:
            target = resources[name]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]
            assert target == f"!GetAtt Dead{name}.Arn"


def test_a_message_is_hidden_six_times_as_long_as_its_function_runs(template):
    """Lambda: with-sqs. Else a ticket comes back while it is worked on."""
    resources, functions = template["Resources"], _functions(template)
    default = template["Globals"]["Function"]["Timeout"]
    for function, queue in (("SendFunction", "SendQueue"), ("FeedbackFunction", "FeedbackQueue")):
        timeout = functions[function].get("Timeout", default)
        assert resources[queue]["Properties"]["VisibilityTimeout"] >= 6 * timeout


def test_ses_is_not_asked_to_write_into_mails(template):
    """For opens and clicks it would: an image, and its own domain in every link."""
    told = template["Resources"]["EventDestination"]["Properties"]["EventDestination"]
    assert not {"OPEN", "CLICK"} & set(told["MatchingEventTypes"])
    options = template["Resources"]["ConfigurationSet"]["Properties"]["VdmOptions"]
    assert options["DashboardOptions"]["EngagementMetrics"] == "DISABLED"
    tracking = template["Parameters"]["Tracking"]
    assert tracking["AllowedValues"] == [each.value for each in Tracking]
    assert tracking["Default"] == Settings.model_fields["tracking"].default.value


def test_every_state_is_reached_and_every_task_is_caught_or_ends(machine):
    states = machine["States"]
    reached = {machine["StartAt"]}
    for state in states.values():
        reached |= {state.get("Next"), state.get("Default")} - {None}
        reached |= {each["Next"] for each in (*state.get("Choices", ()), *state.get("Catch", ()))}
    assert reached == set(states)
    for name, state in states.items():
        if state["Type"] in ("Task", "Map") and name not in ("Refused", "RecordFailure"):
            assert state["Catch"][0]["ErrorEquals"] == ["States.ALL"], name


def test_what_steps_raise_and_may_be_repeated_is_repeated(machine):
    retried = set(machine["States"]["Watch"]["Retry"][0]["ErrorEquals"])
    assert retried >= {
        "LedgerUnavailable", "BucketUnavailable", "ServiceUnavailable", "AccountNotRead",
        "Lambda.TooManyRequestsException",
    }  # fmt: skip


def test_the_host_begins_by_a_script_that_a_shell_understands(console, tmp_path):
    """With what it is set to; what is secret it fetches itself, and nobody leads in by SSH."""
    host = console["Resources"]["Host"]["Properties"]
    script = host["UserData"]["Fn::Base64"].removeprefix("!Sub ")
    path = tmp_path / "begin.sh"
    path.write_text(re.sub(r"\$\{[\w:.]+\}", "VALUE", script))
    said = subprocess.run(["sh", "-n", path], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert "resolve:secretsmanager" not in script
    assert "deploy/server/install.sh" in script
    assert host["MetadataOptions"]["HttpTokens"] == "required"
    ports = [each["FromPort"] for each in _ingress(console, "HostGroup")]
    assert sorted(ports) == [80, 443]


def test_the_database_is_encrypted_kept_and_reached_by_the_host_alone(console):
    database = console["Resources"]["Database"]
    kept = database["Properties"]
    assert kept["StorageEncrypted"]
    assert kept["DeletionProtection"]
    assert not kept["PubliclyAccessible"]
    assert kept["BackupRetentionPeriod"] >= 7
    assert database["DeletionPolicy"] == database["UpdateReplacePolicy"] == "Snapshot"
    [rule] = _ingress(console, "DatabaseGroup")
    assert rule["SourceSecurityGroupId"] == "!Ref HostGroup"


def _ingress(console, name):
    return console["Resources"][name]["Properties"]["SecurityGroupIngress"]
