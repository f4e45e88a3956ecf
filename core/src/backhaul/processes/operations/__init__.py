"""What operators do: look, settle, discard, resubmit, unpark, pause, bind. Audited with who and why."""
