"""The deployment file, read into typed settings; every error names file, line and nearest valid key."""
