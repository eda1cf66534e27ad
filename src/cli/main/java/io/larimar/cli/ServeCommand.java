package io.larimar.cli;

import io.larimar.engine.Fact;
import io.larimar.engine.Larimar;
import io.larimar.server.LarimarServer;
import io.larimar.server.ServerOptions;
import io.larimar.server.ServerSettings;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import sun.misc.Signal;

/** {@code serve}: the engine over HTTP until it is told to stop. */
@Command(name = "serve", description = {
    "Serves memories, OpenAI's API and a console over HTTP, until Ctrl-C or SIGTERM.",
    "A flag wins over LARIMAR_SERVER_* in the environment, the environment over --config, that over"
        + " the default. Without any key made it answers this machine alone."})
final class ServeCommand extends StoreCommand implements Callable<Integer> {
  private static final String REHEARSED = "rehearsed"; // the launcher waits for this word

  @Option(names = "--host", paramLabel = "ADDRESS",
      description = "address to bind; default 127.0.0.1, this machine alone")
  private Optional<String> host = Optional.empty();

  @Option(names = "--port", paramLabel = "PORT", description = "default 8420; 0 takes a free one")
  private Optional<String> port = Optional.empty();

  @Option(names = "--config", paramLabel = "FILE",
      description = "properties file with any of: host, port, tls.certificate, tls.key, keys,"
          + " backups, traces, stop.grace, limit.body, limit.document, limit.facts, limit.rate,"
          + " limit.generations, limit.searches, limit.tokens, limit.connections")
  private Optional<Path> config = Optional.empty();

  @Option(names = "--set", paramLabel = "KEY=VALUE", description = "one of these settings")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(names = "--parallel", paramLabel = "N", defaultValue = "1",
      description = "answers generated at once; 1 (default) gives the same tokens every time")
  private int parallel;

  @Option(names = "--rehearse", hidden = true,
      description = "for the launcher: starts once on a store of its own, says so and ends")
  private boolean rehearse;

  @Override
  public Integer call() throws Exception {
    return rehearse ? rehearse() : serve(engine.store());
  }

  /** All that a start over a store does, so that the launcher can keep the classes that it took. */
  private int rehearse() throws Exception {
    Path folder = Files.createTempDirectory("larimar-rehearsal");
    try {
      Path store = folder.resolve("store");
      try (Larimar larimar = engine.open(store)) {
        larimar.write(Fact.of("The tap is made of brass."));
      }
      settings.put("port", "0");
      settings.put("keys", folder.resolve("keys.db").toString());
      return serve(store);
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private int serve(Path store) throws Exception {
    Map<String, String> flags = new LinkedHashMap<>(settings);
    host.ifPresent(value -> flags.put("host", value));
    port.filter(value -> !rehearse).ifPresent(value -> flags.put("port", value));
    ServerOptions options = new ServerSettings(config, System.getenv(), flags)
        .options(ServerOptions.keysBeside(store), model());
    CountDownLatch stop = new CountDownLatch(1);
    // Not a shutdown hook: hooks run side by side, and the decoder's would end the answers first.
    for (String name : new String[] {"INT", "TERM"}) {
      Signal.handle(new Signal(name), signal -> {
        if (stop.getCount() == 0) {
          Runtime.getRuntime().halt(130); // Asked twice: at once.
        }
        stop.countDown();
      });
    }
    try (Larimar larimar = engine.open(store, parallel);
        LarimarServer server = LarimarServer.open(larimar, options)) {
      if (rehearse) {
        askOnce(server);
        return ExitCode.DONE;
      }
      announce(server);
      stop.await();
      System.err.println("larimar: stopping; running answers have "
          + options.grace().toSeconds() + " s, Ctrl-C again ends at once");
    }
    return ExitCode.DONE;
  }

  private static void askOnce(LarimarServer server) {
    try (InputStream in = server.address().resolve("/health/ready").toURL().openStream()) {
      in.readAllBytes();
    } catch (IOException e) {
      // By a certificate that is not trusted here: the start itself is rehearsed all the same.
      System.err.println("larimar: the rehearsal's request failed: " + e.getMessage());
    }
    System.out.println(REHEARSED);
  }

  /** The model's name in answers: a known name, or the file's without its ending. */
  private String model() {
    String name = Path.of(engine.modelName()).getFileName().toString();
    return name.endsWith(".gguf") ? name.substring(0, name.length() - ".gguf".length()) : name;
  }

  private void announce(LarimarServer server) {
    URI address = server.address();
    if (json) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("address", address.toString());
      map.put("console", address + "/");
      map.put("openToLoopback", server.openToLoopback());
      Output.json(map);
      return;
    }
    System.out.println("Larimar serves " + model() + " at " + address);
    System.out.println("  console  " + address + "/");
    System.out.println("  OpenAI   " + address + "/v1          memories  " + address + "/memories");
    System.out.println("  API      " + address + "/openapi.json");
    System.out.println(server.openToLoopback()
        ? "  keys     none was made: programs on this machine are served without one, others not at"
            + " all.\n           Make one: ./larimar keys create NAME --roles read,write,forget"
        : "  keys     wanted; make one: ./larimar keys create NAME --roles read,write,forget");
    System.out.println("Ctrl-C stops it.");
  }
}
