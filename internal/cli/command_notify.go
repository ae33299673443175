package cli

// notifyCommands are the commands of the group notify.
var notifyCommands = []*commandDef{
	{name: "test", under: "notify", short: "Send a message to a channel, now", flags: []*flagDef{messageFlag}, args: 1, usage: "test CHANNEL",
		long:    "Sends a message to a channel of dex.yml, past the outbox, and shows what the receiver\nanswered. The exit code is 1 where it did not take it.",
		example: "  dex notify test oncall\n  dex notify test slack --message \"Hello from dex\""},
	{name: "channels", under: "notify", short: "List the channels of dex.yml", flags: []*flagDef{formNotifyFlag},
		long:    "Lists channels with their types and receivers, and the rules that use them. Secrets are not shown.",
		example: "  dex notify channels\n  dex notify channels --output json"},
	{name: "deliveries", under: "notify", short: "List notifications and what became of them", flags: []*flagDef{channelFlag, noticeStateFlag, noticeLimitFlag, formNotifyFlag},
		long:    "Lists the notifications of the outbox, newest first: pending, delivered, or dead, which are\nnot tried again. As JSON each has its attempts.",
		example: "  dex notify deliveries\n  dex notify deliveries --state dead\n  dex notify deliveries --channel oncall --limit 5 --output json"},
	{name: "flush", under: "notify", short: "Try to deliver all pending notifications, now",
		long:    "Makes one attempt for each pending notification, whenever it would be due. The exit code is 1\nwhere some are left.",
		example: "  dex notify flush"},
	{name: "redeliver", under: "notify", short: "Send a notification once more", args: 1, usage: "redeliver ID",
		long:    "Makes a dead or delivered notification pending again, and makes one attempt. ID may be the\nbeginning of an id. The Idempotency-Key stays the same: a receiver that has it drops it.",
		example: "  dex notify redeliver 3f9c2a71"},
}

// Flags of notify.
var (
	messageFlag     = &flagDef{name: "message", kind: text, noEnv: true, help: "text to send"}
	channelFlag     = &flagDef{name: "channel", kind: text, noEnv: true, help: "notifications to this channel alone"}
	noticeStateFlag = &flagDef{name: "state", kind: text, noEnv: true, words: []string{"pending", "delivered", "dead"}, help: "notifications in this state alone: pending, delivered, dead"}
	noticeLimitFlag = &flagDef{name: "limit", kind: number, noEnv: true, def: "50", help: "notifications to show; 0 is all"}
	formNotifyFlag  = &flagDef{name: "output", short: "o", kind: text, noEnv: true, def: "table", words: []string{"table", "json"}, help: "table or json: a line for each"}
)
