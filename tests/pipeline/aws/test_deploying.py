"""A stack is changed by what is said of it, and by nothing else."""

from pathlib import Path

from builders.aws_stack import Stack
from pabal.cli.aws.deploying import deploy

TEMPLATE = """\
Parameters:
  Name:
    Type: String
  Colour:
    Type: String
    Default: red
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Ref Name
      Tags:
        - Key: colour
          Value: !Ref Colour
Outputs:
  Colour:
    Value: !Ref Colour
"""


def test_a_parameter_that_is_not_named_again_stays_as_it_was(stack: Stack, tmp_path: Path) -> None:
    """An operator who has set it in the console of AWS deploys a new version by our command."""
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "campaign.asl.json").write_text("{}")
    (tmp_path / "functions.zip").write_bytes(b"")

    def deployed(**parameters: str) -> str:
        told = deploy(
            "of-colours",
            tmp_path / "functions.zip",
            parameters,
            home=tmp_path,
            ask=stack.client,
            between=0.05,
        )
        return told["Colour"]

    assert deployed(Name="first") == "red"
    assert deployed(Name="first", Colour="blue") == "blue"
    assert deployed(Name="second") == "blue"

    without = TEMPLATE.replace("  Colour:\n    Type: String\n    Default: red\n", "")
    (tmp_path / "template.yaml").write_text(without.replace("!Ref Colour", "none"))
    assert deployed(Name="second") == "none"
