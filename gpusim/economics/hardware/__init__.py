"""GPUs from order to retirement: ordered, paid, placed in service, failed, sold."""
