package io.larimar.cli.fetch;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a build of llama.cpp computes on, besides the processor. */
public enum Backend {
  CPU, VULKAN, CUDA, METAL;

  /** The name in commands and presets: {@code cpu}, {@code vulkan}, {@code cuda}, {@code metal}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Reads a name; @throws IllegalArgumentException with the known names. */
  public static Backend of(String label) {
    return Arrays.stream(values()).filter(each -> each.label().equals(label)).findFirst()
        .orElseThrow(() -> new IllegalArgumentException(
            "unknown back end \"" + label + "\": use one of "
                + Arrays.stream(values()).map(Backend::label).collect(Collectors.joining(", "))));
  }
}
