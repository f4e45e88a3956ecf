"""What the crash tests stand on: a front desk, workers to be killed, and judges of what is left."""
