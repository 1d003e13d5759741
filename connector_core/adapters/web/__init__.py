"""The daemon's HTTP doors: webhooks of plugins, notifications of the PSP and messengers, health and metrics."""
