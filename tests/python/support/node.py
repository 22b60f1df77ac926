"""Node, as a process that answers one line of JSON for each line that it is given."""

import contextlib
import json
import subprocess

from support.programs import find

# `fetch` has no way to be told an address of ours: so its sockets are told.
PROGRAM = """
const net = require('node:net');
const connect = net.connect;
const href = url => { try { return new URL(url).href; } catch (error) { return String(error); } };
const answers = {
  href: async ({urls}) => urls.map(href),
  fetch: async ({port, requests}) => {
    net.connect = options => connect({...options, host: '127.0.0.1', port});
    const answers = [];
    for (const {url, headers} of requests) {
      answers.push(await fetch(url, {headers}).then(answer => answer.status, error => String(error.cause ?? error)));
    }
    return answers;
  },
};
(async () => {
  for await (const line of require('node:readline').createInterface({input: process.stdin})) {
    const question = JSON.parse(line);
    console.log(JSON.stringify(await answers[question.what](question)));
  }
  process.exit();
})();
"""


class Node:
    def __init__(self, process):
        self._process = process

    def ask(self, what, **question):
        self._process.stdin.write(json.dumps({"what": what, **question}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextlib.contextmanager
def running_node():
    command = [find("nodejs", "node", "nodejs"), "-e", PROGRAM]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Node(process)
        process.stdin.close()
