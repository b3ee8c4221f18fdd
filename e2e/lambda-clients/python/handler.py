"""A Lambda function in Python as the guide's is, with its search over the tables of examples/get-emojis.

`told` gives back what a function is told, `broken` raises an exception, and `waiting` waits for whoever listens at a port to say a word.
"""

import json
import logging
import os
import pathlib
import socket

logger = logging.getLogger()
logger.setLevel(logging.INFO)

DATA = pathlib.Path(__file__).resolve().parents[3] / "examples/get-emojis/data"


def table(name):
    rows = (DATA / name).read_text(encoding="utf-8").splitlines()
    return dict(row.split("\t") for row in rows)


class FuzzEmoji:
    emojis = table("emoji-names.tsv")
    synonyms = table("emoji-synonyms.tsv")

    def get_emoji(self, description):
        description = description.lower()
        if description in self.emojis:
            return description, self.emojis[description]
        for name in self.emojis:
            if description in name:
                return name, self.emojis[name]
        name = self.synonyms.get(description)
        return (name, self.emojis[name]) if name else ("", "")

    def get_emojis(self, descriptions):
        return {description: str(self.get_emoji(description)) for description in descriptions}


def handler(event, context):
    try:
        logger.info("event with %s", ", ".join(event))
        descriptions = event.get("descriptions")
        if descriptions is None:
            descriptions = json.loads(event.get("body", "{}")).get("descriptions", [])
        emojis = FuzzEmoji().get_emojis(descriptions)
        return {"statusCode": 200, "body": json.dumps(emojis)}
    except Exception as error:
        return {"statusCode": 500, "body": json.dumps({"error": str(error)})}


def told(event, context):
    """What a function is told beside the event."""
    custom = context.client_context.custom if context.client_context else None
    return {
        "event": event,
        "process": os.getpid(),
        "request": context.aws_request_id,
        "name": context.function_name,
        "arn": context.invoked_function_arn,
        "milliseconds": context.get_remaining_time_in_millis(),
        "custom": custom,
    }


def broken(event, context):
    raise ValueError("no emojis today")


def waiting(event, context):
    """Answers when whoever listens at the port says a word, with that word."""
    with socket.create_connection(("127.0.0.1", event["port"])) as other:
        return {"process": os.getpid(), "word": other.recv(16).decode()}
