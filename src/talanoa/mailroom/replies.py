"""What the mail door says: SMTP codes, enhanced codes (RFC 3463, RFC 2034), and a sentence.

A 5xx loses the mail for its author, so the list of them is closed (D3): errors of the
protocol, and refusals that no later attempt could change. Whatever is our own fault
is 4xx, and the post office in front of us tries again.
"""

from __future__ import annotations

# Welcome, and errors of the protocol

BYE = "221 2.0.0 Goodbye."
DONE = "250 2.0.0 Done."
SENDER_NOTED = "250 2.1.0 Go on."
RECIPIENT_NOTED = "250 2.1.5 Go on."
SEND_DATA = "354 End the mail with a line that holds a dot alone."
NOT_VERIFIED = "252 2.0.0 Name it as a recipient and you will be told."
HELP = "214 2.0.0 This is the mail door of Talanoa; it speaks LMTP (RFC 2033)."
NO_BARE_LINE_ENDS = "500 5.5.2 A command ends with CR LF, and holds neither CR nor LF before that."
LONG_COMMAND = "500 5.5.2 This command is too long."
NOT_TEXT = "500 5.5.2 This command is not UTF-8."
UNKNOWN_COMMAND = "500 5.5.1 This command is not known here."
SAY_LHLO = "500 5.5.1 This is LMTP: say LHLO."
LHLO_FIRST = "503 5.5.1 Say LHLO first."
MAIL_FIRST = "503 5.5.1 Say MAIL FROM first."
RCPT_FIRST = "503 5.5.1 No recipient has been accepted."
NESTED_MAIL = "503 5.5.1 There is a sender already."
NO_ARGUMENT = "501 5.5.4 This command takes no argument."
NAME_YOURSELF = "501 5.5.4 Say LHLO and your host name."
BAD_SENDER = "501 5.1.7 The sender is not an address: say MAIL FROM:<address>."
BAD_RECIPIENT = "501 5.1.3 The recipient is not an address: say RCPT TO:<address>."
BAD_PARAMETER = "501 5.5.4 A parameter has a value that cannot be understood."
UNKNOWN_PARAMETER = "555 5.5.4 A parameter is not known here."

# Refusals that no later attempt could change

TOO_MANY_HOPS = "554 5.4.6 This mail has passed too many post offices; it goes in a circle."
HIDDEN_END = "554 5.6.0 A line holds a dot alone but does not end with CR LF; that is how a second mail is smuggled in."


def unknown(address: str) -> str:
    """No address of ours. The address is shown in ASCII: this reply may be read by a client without SMTPUTF8."""
    shown = address[:100].encode("ascii", "backslashreplace").decode("ascii")
    return f"550 5.1.1 <{shown}> is not an address here."


def too_large(most: int) -> str:
    return f"552 5.3.4 This mail is larger than {most // (1024 * 1024)} MiB, the most that is taken here."


# Later, please

OUR_FAULT = "451 4.3.0 Something is wrong on our side; please try again later."
BUSY = "451 4.3.2 Too many large mails arrive at once; please try again later."
DISK_FULL = "452 4.3.1 There is too little space on our disk; please try again later."
TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients in one go; send the mail again for the others."
TOO_MANY_CONNECTIONS = "421 4.3.2 Too many connections; please try again later."
TOO_MANY_ERRORS = "421 4.7.0 Too many errors; goodbye."
TOO_SLOW = "421 4.4.2 Nothing has come for too long; goodbye."
CLOSING = "421 4.3.2 We are closing for a moment; please try again."


def kept(number: int) -> str:
    """Said after the commit, never before (D1)."""
    return f"250 2.0.0 Kept as mail {number}."


def welcome(host: str) -> str:
    return f"220 {host} LMTP Talanoa"


def extensions(host: str, most: int) -> list[str]:
    """The answer to LHLO: what is named here is kept."""
    return [
        f"250-{host}",
        "250-PIPELINING",
        "250-ENHANCEDSTATUSCODES",
        "250-8BITMIME",
        "250-SMTPUTF8",
        f"250 SIZE {most}",
    ]
