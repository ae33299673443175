package project

import (
	"dex/internal/jinja"
	"dex/internal/notify"
	"dex/internal/yamldoc"
)

// readNotifications reads the section notifications: channels, rules, templates.
func readNotifications(d *Dex, top *yamldoc.Mapping) {
	m := top.Child("notifications", "notifications")
	if m == nil {
		return
	}
	d.Notifications = notify.Read(m, func(template string) error {
		_, err := jinja.Compile("dex.yml", template)
		return err
	})
}
