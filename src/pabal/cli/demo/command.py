"""`pabal demo`: 200 customers, personalised, 100 KB each, with failures on the way."""

import os
import shutil
import socket
from importlib.resources import files
from pathlib import Path

import click

from pabal.cli.campaign import follow, print_report, start_campaign
from pabal.cli.command import command
from pabal.cli.importing import run_import
from pabal.cli.installation import initialise
from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.cli.serve import announce, make_worker, running_mailbox_of, web_server
from pabal.configuration.settings import load_settings
from pabal.domain.campaign import Kind
from pabal.message.source import Markup, Source
from pabal.pipeline.local.wiring import Workshop
from pabal.transport.mailbox.server import FailureScript

commands = click.Group()

_WAITS = "1,2,4"  # seconds; the default of 15, 45, 120 is for real servers
_SUBJECT = "{{ name }}님, {{ grade }} 회원 전용 {{ discount }}% 쿠폰이 도착했어요"
