"""What the Helm charts are made of besides templates."""
