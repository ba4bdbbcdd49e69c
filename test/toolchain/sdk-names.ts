import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";

import ts from "typescript";

/** Every name that a program can meet in an SDK's type declarations, in the form of plugin-names.ts. */
export function sdkNames(sdk: string): Set<string> {
  const folder = dirname(require.resolve(`@pulumi/${sdk}/package.json`));
  const names = new Set<string>();
  for (const source of declarations(folder, ".")) readModule(source, sdk, names);
  for (const source of declarations(folder, "types")) readTypes(source.statements, names);
  for (const source of declarations(folder, "config")) readSettings(source, sdk, names);
  return names;
}

function declarations(root: string, folder: string): ts.SourceFile[] {
  const path = join(root, folder);
  let files: string[];
  try {
    files = readdirSync(path);
  } catch {
    return []; // random has neither nested types nor settings
  }
  return files
    .filter((file) => file.endsWith(".d.ts"))
    .map((file) => ts.createSourceFile(file, ts.sys.readFile(join(path, file))!, ts.ScriptTarget.Latest, true));
}

/** A module at the top holds a resource with its arguments, or a function with its arguments and result. */
function readModule(source: ts.SourceFile, sdk: string, names: Set<string>): void {
  const file = source.fileName.replace(/\.d\.ts$/, "");
  const interfaces = new Map(source.statements.filter(ts.isInterfaceDeclaration).map((i) => [i.name.text, i]));
  for (const statement of source.statements) {
    if (ts.isClassDeclaration(statement) && statement.name !== undefined && file !== "provider") {
      const name = statement.name.text;
      names.add(`resource ${sdk}:index/${file}:${name}`);
      for (const member of statement.members) {
        if (ts.isPropertyDeclaration(member)) names.add(`output ${name}.${nameOf(member)}`);
      }
      addMembers("input", name, interfaces.get(`${name}Args`), names);
      for (const member of interfaces.get(`${name}Args`)?.members ?? []) {
        if (member.questionToken === undefined) names.add(`required ${name}.${nameOf(member)}`);
      }
    }
    if (ts.isFunctionDeclaration(statement) && statement.name?.text === file) {
      const type = file.charAt(0).toUpperCase() + file.slice(1);
      names.add(`function ${sdk}:index/${file}:${file}`);
      addMembers("argument", file, interfaces.get(`${type}Args`), names);
      addMembers("result", file, interfaces.get(`${type}Result`), names);
    }
  }
}

/** Nested types: interfaces, and enumerations, which are a constant and a type of one name. */
function readTypes(statements: readonly ts.Statement[], names: Set<string>): void {
  for (const statement of statements) {
    if (ts.isInterfaceDeclaration(statement) && !statement.name.text.endsWith("Args")) {
      names.add(`type ${statement.name.text}`);
      addMembers("property", statement.name.text, statement, names);
    }
    if (ts.isTypeAliasDeclaration(statement)) names.add(`type ${statement.name.text}`);
  }
}

/** The provider's settings are the constants of config/vars. */
function readSettings(source: ts.SourceFile, sdk: string, names: Set<string>): void {
  for (const statement of source.statements.filter(ts.isVariableStatement)) {
    for (const { name } of statement.declarationList.declarations) names.add(`setting ${sdk}.${name.getText()}`);
  }
}

function addMembers(
  kind: string,
  owner: string,
  declaration: ts.InterfaceDeclaration | undefined,
  names: Set<string>,
): void {
  for (const member of declaration?.members ?? []) names.add(`${kind} ${owner}.${nameOf(member)}`);
}

function nameOf(member: ts.TypeElement | ts.ClassElement): string {
  return member.name!.getText();
}
