"""The pipeline on AWS: one Lambda function a step, held together by a state machine.

`deploy/aws/template.yaml` says what there is. A handler reads what it is given, makes one call
and answers; what it needs is made in `wiring.py` when it is first used. A mail is here a ticket
in a queue, whose delivery the ledger knows: the ledger decides, the ticket only wakes somebody.
"""
