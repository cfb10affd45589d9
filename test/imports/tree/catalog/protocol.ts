// breaks: knowledge knows no editor protocol
export { DiagnosticSeverity } from 'vscode-languageserver';
