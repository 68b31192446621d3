"""Programs that are bundled with the package: source, object file and inputs, one folder each."""
