// Speaks to the sandbox with the plain node-zendesk client; prints what it got as one JSON object.
const { createClient } = require("node-zendesk");

const [uri, username, token] = process.argv.slice(2);
const client = createClient({ endpointUri: `${uri}/api/v2`, username, token });
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function main() {
  const got = {};
  got.me = (await client.users.me()).result.role;
  got.users = (await client.users.list()).length;
  got.tickets = (await client.tickets.list()).length;
  const made = (
    await client.tickets.create({
      ticket: {
        subject: "Nothing prints",
        comment: { body: "Since today." },
        requester: { name: "Robin", email: "robin@north.example" },
        tags: ["printer"],
      },
    })
  ).result;
  got.created = { status: made.status, tags: made.tags };
  got.updated = (
    await client.tickets.update(made.id, { ticket: { priority: "high", comment: { body: "A note", public: false } } })
  ).result.priority;
  got.comments = (await client.tickets.getComments(made.id)).map((comment) => [comment.body, comment.public]);
  got.audits = (await client.tickets.exportAudit(made.id)).length;
  await client.tickets.addTags(made.id, { tags: ["new"] });
  got.tags = (await client.tickets.show(made.id)).result.tags;
  got.many = (await client.tickets.showMany([made.id, 1])).result.map((ticket) => ticket.id).length;
  const other = (await client.tickets.create({ ticket: { comment: { body: "Another" } } })).result;
  let job = (await client.tickets.updateMany([made.id, other.id], { ticket: { priority: "low" } })).result.job_status;
  for (let turn = 0; turn < 200 && job.status !== "completed"; turn += 1) {
    await pause(20);
    job = (await client.jobstatuses.show(job.id)).result.job_status;
  }
  got.job = job.results.map((result) => result.success);
  got.organization = (await client.organizations.create({ organization: { name: "Northwind" } })).result.name;
  got.organizations = (await client.organizations.list()).length;
  got.groups = (await client.groups.list()).map((group) => group.name);
  got.fields = (await client.ticketfields.list()).length;
  const field = { type: "tagger", title: "Level", custom_field_options: [{ name: "Gold", value: "level_gold" }] };
  got.field = (await client.ticketfields.create({ ticket_field: field })).result.type;
  const open = [{ field: "status", operator: "less_than", value: "solved" }];
  const view = (await client.views.create({ view: { title: "Waiting", all: open } })).result;
  // This client hands out the pages of a view's tickets as they are.
  got.view = (await client.views.tickets(view.id)).flatMap((page) => page.tickets).length;
  got.viewCount = (await client.views.showCount(view.id)).result.view_count?.value;
  got.views = (await client.views.list()).length;
  const webhook = (
    await client.webhooks.create({
      webhook: {
        name: "Hook",
        endpoint: "http://127.0.0.1:9/",
        http_method: "POST",
        request_format: "json",
        status: "active",
        subscriptions: ["conditional_ticket_events"],
      },
    })
  ).result;
  got.secret = (await client.webhooks.getSigningSecret(webhook.id)).result.signing_secret.algorithm;
  got.webhooks = (await client.webhooks.list()).length;
  const actions = [{ field: "notification_webhook", value: [webhook.id, "{}"] }];
  const trigger = (
    await client.triggers.create({ trigger: { title: "Tell", conditions: { all: open, any: [] }, actions } })
  ).result;
  got.trigger = (await client.triggers.show(trigger.id)).result.title;
  got.triggers = (await client.triggers.list()).length;
  got.refused = await client.tickets.show(10 ** 12).then(
    () => "answered",
    (error) => error.message,
  );
  return got;
}

main().then(
  (got) => console.log(JSON.stringify(got)),
  (error) => {
    console.error(error.message, JSON.stringify(error.result ?? null), error.stack);
    process.exit(1);
  },
);
