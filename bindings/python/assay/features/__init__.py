"""Clinical features."""
