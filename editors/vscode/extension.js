// Starts `zisk-py pil lsp` for PIL files.
const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

exports.activate = () => {
  const options = workspace.getConfiguration("pil");
  const run = { command: options.get("command"), args: ["pil", "lsp"] };
  const initializationOptions = {};
  for (const name of ["main", "include", "constants", "features"]) {
    initializationOptions[name] = options.get(name);
  }
  client = new LanguageClient("pil", "PIL", run, {
    documentSelector: [{ scheme: "file", language: "pil" }],
    initializationOptions,
  });
  return client.start();
};

exports.deactivate = () => client?.stop();
