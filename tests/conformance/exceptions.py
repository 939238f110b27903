"""Where the sandbox differs from the document, and why: one line for each.

What has been observed on real accounts, and what Zendesk's own pages say, weighs more than the document where they
differ: it is generated, its answers are incomplete, and it seldom says that a value may be null.
"""

import re
from typing import NamedTuple


class Difference(NamedTuple):
    """`route` and `what` may contain `*`.

    `what` is `path` (the document has none), `query NAME`, `sent /place` in the body of the request, `status CODE`,
    `null /place` in the answer, or `body /place` where the answer is otherwise not as the schema says.
    """

    route: str
    what: str
    why: str

    def covers(self, route: str, what: str) -> bool:
        return all(
            re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), found)
            for pattern, found in ((self.route, route), (self.what, what))
        )


EXCEPTIONS = (
    Difference("* /api/v2/webhooks*", "path", "the Webhooks API has a reference page but is not in the document"),
    Difference("GET /attachments/*", "path", "a file's own address, told by its attachment; no endpoint of the API"),
    Difference("POST /api/v2/views", "status 201", "recorded accounts answer 201; the document says 200"),
    # ------------------------------------------------------------ pages
    Difference("GET *", "query per_page", "lists have pages; the document does not say so of each"),
    Difference("GET *", "query page*", "the same, for both styles"),
    Difference("GET */incremental/tickets/cursor", "query include", "the page on incremental exports has side-loads"),
    Difference("GET */incremental/tickets/cursor", "query exclude_deleted", "the same page has it"),
    Difference("GET *", "null /links/*", "recorded answers have null where there is no further page"),
    # ------------------------------------------------------------ null for what is not set
    Difference("*", "null /ticket*/priority", "null until somebody sets it, in every recorded ticket"),
    Difference("*", "null /ticket*/type", "the same"),
    Difference("*", "null /ticket*/recipient", "null unless the ticket came by e-mail"),
    Difference("*", "null /ticket*/forum_topic_id", "null in recorded tickets"),
    Difference("*", "null /ticket*/satisfaction_rating", "null in recorded tickets of accounts without ratings"),
    Difference("*", "null /ticket*fields/*/value", "an empty custom field is null, in every recorded ticket"),
    Difference("*", "null /request*/priority", "as of tickets"),
    Difference("*", "null /request*/type", "as of tickets"),
    Difference("*", "null /request*/due_at", "as of tickets"),
    Difference("*", "null /request*/recipient", "as of tickets"),
    Difference("*", "null /request*/*_id", "as of tickets: no organization, assignee or group"),
    Difference("*", "null /ticket_field*/agent_description", "null in recorded fields"),
    Difference("*", "null /organization*/organization_fields/*", "an empty organization field is null"),
    Difference("*", "null /user*/default_group_id", "end users have no group"),
    Difference("*", "null /user*/last_login_at", "null until the first login"),
    Difference("*", "null /user*/signature", "null until somebody writes one"),
    Difference("*", "null /*attachment*/width", "only pictures have a size"),
    Difference("*", "null /*attachment*/height", "only pictures have a size"),
    Difference("*", "null /trigger*/description", "null in recorded triggers"),
    Difference("*", "null /view*/description", "null in recorded views"),
    Difference("*", "null /view*/restriction", "null in recorded views that everybody may use"),
    Difference("*", "null /ticket_metric*", "times of what has not happened yet are null, as in the page's example"),
    Difference("POST /api/v2/views/preview/count", "null /view_count/view_id", "a preview has no view"),
    # ------------------------------------------------------------ the document contradicts itself
    Difference("GET /api/v2/*metrics*", "body /ticket_metric", "an object, as in the document's own example of it"),
    Difference("GET /api/v2/incremental/*", "body /tickets/*/status", "`deleted` is what the page on exports promises"),
    Difference(
        "GET /api/v2/job_statuses/*", "body /job_status*/results/*",
        "a failed item has `status` and `error`, as the page on job statuses shows, and fits two of the schemas",
    ),
)  # fmt: skip
