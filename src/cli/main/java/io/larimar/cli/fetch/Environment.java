package io.larimar.cli.fetch;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the program may know of its surroundings; tests hand in their own.
 *
 * @param variables environment variables, also handed to every process that is started
 * @param osName as the system property {@code os.name} has it
 * @param architecture as the system property {@code os.arch} has it
 * @param home the user's home folder
 */
public record Environment(
    Map<String, String> variables, String osName, String architecture, Path home) {

  public Environment {
    variables = Map.copyOf(variables);
  }

  /** The surroundings of this process. */
  public static Environment ofProcess() {
    return new Environment(System.getenv(), System.getProperty("os.name"),
        System.getProperty("os.arch"), Path.of(System.getProperty("user.home")));
  }

  /** A variable that is set and not blank. */
  public Optional<String> variable(String name) {
    return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
  }

  /** {@code linux-x64}, {@code mac-arm64}, ...: operating system and processor in npm's words. */
  public String platform() {
    String os = osName.toLowerCase(Locale.ROOT);
    String family = os.startsWith("mac") ? "mac" : os.startsWith("windows") ? "win" : "linux";
    String processor = switch (architecture.toLowerCase(Locale.ROOT)) {
      case "amd64", "x86_64", "x64" -> "x64";
      case "aarch64", "arm64" -> "arm64";
      default -> architecture.toLowerCase(Locale.ROOT);
    };
    return family + "-" + processor;
  }

  /** Whether this is macOS. */
  public boolean mac() {
    return platform().startsWith("mac-");
  }

  /** Whether this is Windows. */
  public boolean windows() {
    return platform().startsWith("win-");
  }

  /** The first of these programs that PATH leads to. */
  public Optional<Path> executable(String... names) {
    String[] folders = variable("PATH").orElse("").split(File.pathSeparator);
    return Arrays.stream(names)
        .flatMap(name -> windows() ? Arrays.stream(new String[] {name + ".exe", name + ".cmd"})
            : Arrays.stream(new String[] {name}))
        .flatMap(name -> Arrays.stream(folders).filter(folder -> !folder.isBlank())
            .flatMap(folder -> path(folder).stream()).map(folder -> folder.resolve(name)))
        .filter(Files::isRegularFile)
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static Optional<Path> path(String text) {
    try {
      return Optional.of(Path.of(text));
    } catch (InvalidPathException malformed) {
      return Optional.empty(); // A malformed PATH entry leads nowhere.
    }
  }
}
