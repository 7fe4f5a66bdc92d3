import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { mainFile, sleep, type TemporaryFolder, temporaryFolder, until } from "../kernel/kernel";

/** A real JupyterLab or Notebook server with settings of its own, and a page of it. */

export const FRONT_ENDS = { JupyterLab: "jupyterlab", "Notebook 7": "notebook" } as const;
export type FrontEnd = keyof typeof FRONT_ENDS;

/** A folder with the kernel and the extension installed, without a complaint. */
export function installedPrefix(): TemporaryFolder {
  const prefix = temporaryFolder();
  const install = spawnSync(process.execPath, [mainFile, "install", "--prefix", prefix.path], {
    encoding: "utf8",
  });
  if (install.status !== 0 || install.stderr !== "") throw new Error(`gradlens install: ${install.stderr}`);
  return prefix;
}

export const root: string = path.resolve(__dirname, "..", "..");
export const python: string = process.env.GRADLENS_PYTHON ?? path.join(root, ".venv", "bin", "python");
const TOKEN = "a-token-for-tests";

export interface Server {
  url: string;
  /** what it serves: notebooks go here */
  folder: string;
  /** answers of the server's own interface */
  api<T>(path: string): Promise<T>;
  stop(): Promise<void>;
}

/** Starts a server on 127.0.0.1 that sees the kernels and extensions of `prefix`. */
export async function startServer(frontEnd: FrontEnd, prefix: string): Promise<Server> {
  const home: TemporaryFolder = temporaryFolder();
  const inside = (name: string) => {
    const folder = path.join(home.path, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  };
  const [config, runtime, folder] = [inside("config"), inside("runtime"), inside("notebooks")];
  // JupyterLab itself asks for news and newer versions, which has no place in a test.
  const settings = {
    LabApp: {
      news_url: null,
      check_for_updates_class: "jupyterlab.NeverCheckForUpdate",
      extension_manager: "readonly",
    },
  };
  writeFileSync(path.join(config, "jupyter_lab_config.json"), JSON.stringify(settings));
  const page = { disabledExtensions: { "@jupyterlab/apputils-extension:announcements": true } };
  writeFileSync(path.join(inside("config/labconfig"), "page_config.json"), JSON.stringify(page));
  const server: ChildProcess = spawn(
    python,
    [
      ...["-m", FRONT_ENDS[frontEnd], "--no-browser", "--allow-root"],
      ...["--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", `--IdentityProvider.token=${TOKEN}`],
      `--ServerApp.root_dir=${folder}`,
    ],
    {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        HOME: home.path,
        JUPYTER_CONFIG_DIR: config,
        JUPYTER_DATA_DIR: inside("data"),
        JUPYTER_RUNTIME_DIR: runtime,
        JUPYTER_PATH: path.join(prefix, "share", "jupyter"),
      },
    },
  );
  let log = "";
  for (const stream of [server.stdout!, server.stderr!])
    stream.on("data", (text: Buffer) => {
      log += text;
    });
  let ended = false;
  server.on("exit", () => {
    ended = true;
  });
  const stop = async () => {
    if (!ended) server.kill("SIGTERM");
    await until(() => ended, 20_000, `the end of ${frontEnd}`).catch(() => server.kill("SIGKILL"));
    home.remove();
  };
  const infoFile = () => readdirSync(runtime).find((name) => /^jpserver-.*\.json$/.test(name));
  try {
    await until(() => ended || infoFile() !== undefined, 60_000, `the start of ${frontEnd}`);
    if (ended) throw new Error(`${frontEnd} ended:\n${log}`);
    let url = "";
    for (let attempt = 0; url === ""; attempt++) {
      try {
        url = (JSON.parse(readFileSync(path.join(runtime, infoFile()!), "utf8")) as { url: string }).url;
        if (!(await fetch(`${url}api/status?token=${TOKEN}`)).ok) throw new Error(log);
      } catch (error) {
        url = "";
        if (attempt > 100) throw error;
        await sleep(100);
      }
    }
    const api = async <T>(path: string) =>
      (await (await fetch(`${url}api/${path}?token=${TOKEN}`)).json()) as T;
    return { url, folder, api, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const OUR_KERNEL = { name: "gradlens", display_name: "TypeScript (gradlens)", language: "typescript" };

/** A notebook of our kernel, with one code cell per source. */
export function writeNotebook(
  server: Pick<Server, "folder">,
  name: string,
  sources: string[],
  outputs: unknown[][] = [],
  kernelspec: object = OUR_KERNEL,
): void {
  const cells = sources.map((source, i) => ({
    id: `cell-${i}`,
    cell_type: "code",
    metadata: {},
    execution_count: null,
    outputs: outputs[i] ?? [],
    source,
  }));
  const notebook = { nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells };
  writeFileSync(path.join(server.folder, name), JSON.stringify(notebook));
}

export interface Opened {
  page: Page;
  /** errors of the page: thrown or printed */
  complaints: string[];
  /** requests to anywhere but the server */
  strangers: string[];
  /** file names of all scripts asked for */
  scripts: string[];
  /** whether a kernel has told the page what it is */
  kernelKnown: boolean;
}

/** Opens the front-end's page: a notebook when named. */
export async function openPage(
  browser: Browser,
  server: Server,
  frontEnd: FrontEnd,
  notebook?: string,
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 1000 } });
  const page = await context.newPage();
  const opened: Opened = { page, complaints: [], strangers: [], scripts: [], kernelKnown: false };
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (["data:", "blob:"].includes(url.protocol)) return;
    if (url.hostname !== "127.0.0.1") opened.strangers.push(request.url());
    if (url.pathname.endsWith(".js")) opened.scripts.push(path.posix.basename(url.pathname));
  });
  page.on("websocket", (socket) => {
    if (new URL(socket.url()).hostname !== "127.0.0.1") opened.strangers.push(socket.url());
    socket.on("framereceived", ({ payload }) => {
      if (payload.includes("kernel_info_reply")) opened.kernelKnown = true;
    });
  });
  page.on("console", (message) => {
    if (message.type() === "error") opened.complaints.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => {
    const text = String(error?.stack ?? error);
    // Notebook 7.6.5 throws this by itself, also without our kernel and extension.
    const itsOwn = text.includes("reading 'schema'") && text.includes("/static/notebook/notebook_core.");
    if (!itsOwn) opened.complaints.push(text);
  });
  const place =
    frontEnd === "JupyterLab"
      ? notebook
        ? `lab/tree/${notebook}`
        : "lab"
      : notebook
        ? `notebooks/${notebook}`
        : "tree";
  await page.goto(`${server.url}${place}?token=${TOKEN}`);
  return opened;
}

/** Chooses an entry of the menu bar. */
export async function choose(page: Page, menu: string, entry: string): Promise<void> {
  await page.locator(".lm-MenuBar-item", { hasText: new RegExp(`^${menu}$`) }).click();
  await page.locator(".lm-Menu-itemLabel", { hasText: new RegExp(`^${entry}$`) }).click();
}

/** Chooses an entry of a menu inside the menu bar's. */
export async function chooseInner(page: Page, menu: string, inner: string, entry: string): Promise<void> {
  await page.locator(".lm-MenuBar-item", { hasText: new RegExp(`^${menu}$`) }).click();
  await page.locator(".lm-Menu-itemLabel", { hasText: new RegExp(`^${inner}$`) }).hover();
  await page.locator(".lm-Menu-itemLabel", { hasText: new RegExp(`^${entry}$`) }).click();
}

/** Where a screenshot goes, for people to look at. */
export function pictureFile(name: string): string {
  const folder = path.join(root, "out", "labextension");
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  return path.join(folder, `${name}.png`);
}
