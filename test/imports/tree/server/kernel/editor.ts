// breaks: the server knows no VS Code
export { window } from 'vscode';
