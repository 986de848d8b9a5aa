"""The commands about the configuration: `config show`, `validate`, `diagnostics`."""
