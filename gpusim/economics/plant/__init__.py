"""Sites and power, and which GPUs stand where and serve whom."""
