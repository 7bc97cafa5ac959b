"""What a kW earns that a landlord lets to a tenant."""
