/**
 * The TypeScript 5.0 gate. A tslab cell checks types with the TypeScript 5.0.4 that tslab embeds, and what
 * that compiler cannot read in our declarations turns into `any` there, without a word. So the built
 * declarations are compiled here by that very compiler, with tslab's own options, and no exported name may
 * be, return or take `any`.
 *
 * Run after a build: `node .ci/declarations.mjs`. Exit status 0 or 1.
 */
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const entry = join(root, "dist", "index.d.ts");
const requireFromTslab = createRequire(createRequire(import.meta.url).resolve("tslab/package.json"));
const ts = requireFromTslab("@tslab/typescript-for-tslab");

const program = ts.createProgram([entry], {
  noEmit: true,
  strict: true,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Node10,
  esModuleInterop: true,
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts"],
  skipLibCheck: false,
  types: ["node"],
});

const problems = [...compilerErrors(program), ...exportedAny(program)];
for (const problem of problems) console.error(problem);
const names = exportsOf(program).length;
if (names === 0) console.error(`${relative(root, entry)}: no exports found: run the build first`);
else console.log(`TypeScript ${ts.version}: ${names} exports, ${problems.length} problems`);
process.exitCode = problems.length > 0 || names === 0 ? 1 : 0;

/** Errors in our own declarations; other packages' are not ours to mend. */
function compilerErrors(built) {
  const own = (file) => file === undefined || isOwn(file.fileName);
  return ts
    .getPreEmitDiagnostics(built)
    .filter((diagnostic) => own(diagnostic.file))
    .map((diagnostic) => {
      const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n");
      return diagnostic.file === undefined ? text : `${place(diagnostic.file, diagnostic.start)}: ${text}`;
    });
}

/** Exported names that a cell would see as `any`, themselves or one step inside. */
function exportedAny(built) {
  const checker = built.getTypeChecker();
  const found = [];
  for (const exported of exportsOf(built)) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const declaration = symbol.declarations?.[0];
    if (declaration === undefined) {
      found.push(`${exported.name}: resolves to nothing`);
      continue;
    }
    // Names passed on from another package (a namespace re-export) are checked by that package.
    if (!isOwn(declaration.getSourceFile().fileName)) continue;
    for (const where of anyInside(checker, symbol, declaration))
      found.push(`${exported.name}${where}: is any`);
  }
  return found;
}

function anyInside(checker, symbol, declaration) {
  const found = [];
  const look = (type, where) => {
    if (type.flags & ts.TypeFlags.Any) found.push(where);
  };
  const lookInSignatures = (type, where) => {
    for (const signature of type.getCallSignatures()) {
      look(unwrapPromise(checker, signature.getReturnType()), `${where}()`);
      for (const parameter of signature.getParameters())
        look(checker.getTypeOfSymbolAtLocation(parameter, declaration), `${where}(${parameter.name})`);
    }
  };
  if (symbol.flags & ts.SymbolFlags.Value) {
    const type = checker.getTypeOfSymbolAtLocation(symbol, declaration);
    look(type, "");
    lookInSignatures(type, "");
  }
  if (symbol.flags & ts.SymbolFlags.Type) {
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    look(type, "");
    if (!type.isUnion()) {
      for (const property of type.getProperties()) {
        if (!property.declarations?.some((node) => isOurs(node.getSourceFile().fileName))) continue;
        const propertyType = checker.getTypeOfSymbolAtLocation(property, declaration);
        look(propertyType, `.${property.name}`);
        lookInSignatures(propertyType, `.${property.name}`);
      }
    }
  }
  return found;
}

function unwrapPromise(checker, type) {
  return type.symbol?.name === "Promise" ? (checker.getTypeArguments(type)[0] ?? type) : type;
}

function exportsOf(built) {
  const source = built.getSourceFile(entry);
  const symbol = source && built.getTypeChecker().getSymbolAtLocation(source);
  return symbol ? built.getTypeChecker().getExportsOfModule(symbol) : [];
}

function isOwn(fileName) {
  return !relative(join(root, "dist"), fileName).startsWith("..");
}

/** Bundled libraries bring their own declarations: these must compile, but their `any`s are theirs. */
function isOurs(fileName) {
  return isOwn(fileName) && relative(join(root, "dist", "vendor"), fileName).startsWith("..");
}

function place(file, start) {
  const { line, character } = file.getLineAndCharacterOfPosition(start ?? 0);
  return `${relative(root, file.fileName)}:${line + 1}:${character + 1}`;
}
