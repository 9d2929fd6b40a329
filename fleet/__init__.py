"""Many machines: jobs and leases in PostgreSQL, districts as archives in an object store."""
