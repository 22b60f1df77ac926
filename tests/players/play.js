// Plays the stream that the address names (`?player=…&url=…&credentials=…&live=…`): five seconds of it, a seek, a change
// of quality, and subtitles if there are any. `outcome` then says how it went.

const options = new URLSearchParams(location.search);
const url = options.get("url");
const withCredentials = options.has("credentials");
const live = options.has("live");
const WIDTHS = { high: 192, low: 96 };

const SCRIPTS = {
  hls: "hls.js/dist/hls.min.js",
  shaka: "shaka-player/dist/shaka-player.compiled.js",
  videojs: "video.js/dist/video.min.js",
  dash: "dashjs/dist/modern/umd/dash.all.min.js",
};

// In milliseconds: only ends the wait for a player that waits for ever.
const PATIENCE = Number(options.get("patience"));

let fail;
const failure = new Promise((_, reject) => (fail = (error) => reject(new Error(error))));
let steps = [];

// Each opens a player in the highest quality, and returns functions that change the quality and show subtitles.
const PLAYERS = {
  async hls(video) {
    const hls = new Hls({
      lowLatencyMode: live,
      xhrSetup: (xhr) => { xhr.withCredentials = withCredentials; },
      fetchSetup: (context, init) => new Request(context.url, { ...init, credentials: withCredentials ? "include" : "omit" }),
    });
    hls.on(Hls.Events.ERROR, (_, data) => data.fatal && fail(data.details));
    hls.on(Hls.Events.MANIFEST_PARSED, () => { hls.currentLevel = best(hls.levels); });
    hls.loadSource(url);
    hls.attachMedia(video);
    return {
      change: () => { hls.currentLevel = worst(hls.levels); },
      subtitles: () => { if (hls.subtitleTracks.length) { hls.subtitleTrack = 0; } },
    };
  },

  async shaka(video) {
    shaka.polyfill.installAll();
    const player = new shaka.Player();
    await player.attach(video);
    player.configure({ abr: { enabled: false }, streaming: { lowLatencyMode: live, retryParameters: { maxAttempts: 2, baseDelay: 100 } } });
    player.getNetworkingEngine().registerRequestFilter((_, request) => { request.allowCrossSiteCredentials = withCredentials; });
    player.addEventListener("error", ({ detail }) => {
      // Others it recovers from.
      if (detail.severity === shaka.util.Error.Severity.CRITICAL) { fail(`shaka ${detail.code}`); }
      console.warn(`shaka ${detail.code} ${detail.message} ${detail.stack}`);
    });
    await player.load(url).catch((error) => fail(`shaka ${error.code}`));
    const select = (choose) => player.selectVariantTrack(player.getVariantTracks()[choose(player.getVariantTracks())], true);
    select(best);
    return {
      change: () => select(worst),
      subtitles: () => player.getTextTracks().length && player.selectTextTrack(player.getTextTracks()[0]),
    };
  },

  async videojs(video) {
    const player = videojs(video, { html5: { vhs: { overrideNative: true, withCredentials } } });
    player.on("error", () => fail(`video.js ${player.error().code}`));
    const source = { src: url, type: /\.mpd/.test(url) ? "application/dash+xml" : "application/vnd.apple.mpegurl", withCredentials };
    player.src(source);
    // Of a live stream, it loads no segment before it plays.
    if (live) { player.play(); }
    const levels = player.qualityLevels();
    const choose = (pick) => Array.from(levels).forEach((level, i) => { level.enabled = i === pick(Array.from(levels)); });
    player.on("loadedmetadata", () => choose(best));
    return {
      change: () => choose(worst),
      subtitles: () => {
        const text = Array.from(player.textTracks()).find((track) => track.kind === "subtitles");
        if (text) { text.mode = "showing"; }
      },
    };
  },

  async dash(video) {
    const player = dashjs.MediaPlayer().create();
    player.initialize();
    player.updateSettings({
      debug: { logLevel: 0 },
      streaming: { abr: { autoSwitchBitrate: { video: false } }, buffer: { fastSwitchEnabled: true } },
    });
    player.setXHRWithCredentialsForType("", withCredentials);
    player.on(dashjs.MediaPlayer.events.ERROR, (event) => fail(`dash.js ${event.error.code}`));
    player.attachView(video);
    player.attachSource(url);
    const choose = (pick) => {
      const found = player.getRepresentationsByType("video");
      player.setRepresentationForTypeById("video", found[pick(found)].id, true);
    };
    player.on(dashjs.MediaPlayer.events.STREAM_INITIALIZED, () => choose(best));
    return { change: () => choose(worst), subtitles: () => {} };
  },
};

const best = (levels) => levels.reduce((top, level, i) => (level.width > levels[top].width ? i : top), 0);
const worst = (levels) => levels.reduce((low, level, i) => (level.width < levels[low].width ? i : low), 0);

function until(step, condition) {
  steps.push(step);
  return new Promise((resolve) => {
    const timer = setInterval(() => { if (condition()) { clearInterval(timer); resolve(); } }, 30);
  });
}

async function play(video) {
  // A player of a live stream that does not play falls behind the window of its playlist.
  video.autoplay = live;
  const player = await PLAYERS[options.get("player")](video);
  await until("metadata", () => video.readyState >= 2);
  player.subtitles();
  await until("high quality", () => video.videoWidth === WIDTHS.high);
  const start = video.currentTime;
  video.muted = true;
  await video.play();
  if (!live) { video.playbackRate = 4; }
  await until("five seconds", () => video.currentTime > start + 5);
  const target = live ? video.currentTime - 3 : 9;
  video.currentTime = target;
  await until("seek", () => !video.seeking && Math.abs(video.currentTime - target) < 3 && video.currentTime > target);
  video.playbackRate = 1;
  if (!live) { video.currentTime = 1; }
  await until("back", () => !video.seeking);
  player.change();
  video.play();
  await until("low quality", () => video.videoWidth === WIDTHS.low);
  const changed = video.currentTime;
  await until("plays on", () => video.currentTime > changed + 0.5 || video.ended);
}

async function main() {
  const script = document.createElement("script");
  script.src = `node_modules/${SCRIPTS[options.get("player")]}`;
  document.head.append(script);
  await new Promise((resolve, reject) => { script.onload = resolve; script.onerror = reject; });
  const video = document.querySelector("video");
  setTimeout(() => fail(`stuck at ${video.currentTime} of ${video.duration}, state ${video.readyState}`), PATIENCE);
  await Promise.race([play(video), failure]);
  const cues = Array.from(video.textTracks).reduce((count, track) => count + (track.cues ? track.cues.length : 0), 0);
  return { passed: true, cues };
}

main().then((passed) => (window.outcome = passed), (error) => (window.outcome = { passed: false, error: String(error), steps }));
