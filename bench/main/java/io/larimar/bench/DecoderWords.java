package io.larimar.bench;

import io.larimar.bindings.Context.Tuning;
import io.larimar.bindings.Model;
import io.larimar.bindings.NativeLibrary.Device;
import io.larimar.decoder.Decoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A decoder's options in the words of two command lines, so that both sides run alike. */
final class DecoderWords {
  /** llama.cpp takes what is too many for all layers. */
  private static final int ALL_LAYERS = 999;

  private DecoderWords() {}

  /** For {@code larimar}; what is as by default goes without saying. */
  static List<String> larimar(Decoder.Options decoder) {
    Model.Options model = decoder.model();
    List<String> words = new ArrayList<>();
    if (model.gpuLayers() != 0) {
      words.addAll(List.of("--device", names(model, ",")));
      if (model.gpuLayers() > 0) {
        words.addAll(List.of("--gpu-layers", Integer.toString(model.gpuLayers())));
      }
      if (!model.split().isEmpty()) {
        words.addAll(List.of("--tensor-split", shares(model, ",")));
      }
    }
    if (model.loading() != Model.Loading.AUTO) {
      words.addAll(List.of("--load", model.loading().name()));
    }
    Tuning tuning = decoder.tuning();
    if (tuning.cache() != Tuning.DEFAULT.cache()) {
      words.addAll(List.of("--kv-type", tuning.cache().name()));
    }
    if (tuning.flashAttention() != Tuning.DEFAULT.flashAttention()) {
      words.addAll(List.of("--flash-attention", tuning.flashAttention().name()));
    }
    if (tuning.pinned()) {
      words.add("--pin-threads");
    }
    Decoder.Options usual = Decoder.Options.defaults();
    if (decoder.prefixCacheBytes() != usual.prefixCacheBytes()) {
      words.addAll(List.of("--prefix-cache", Long.toString(decoder.prefixCacheBytes() >> 20)));
    }
    if (decoder.speculate() != usual.speculate()) {
      words.addAll(List.of("--speculate", Integer.toString(decoder.speculate())));
    }
    decoder.frame().ifPresent(file -> words.addAll(List.of("--frame", file.toString())));
    return words;
  }

  /** For {@code llama-bench}, which would take every GPU that is there if none were named. */
  static List<String> llamaBench(Decoder.Options decoder) {
    Model.Options model = decoder.model();
    List<String> words = new ArrayList<>(List.of("-ngl", Integer.toString(
        model.gpuLayers() < 0 ? ALL_LAYERS : model.gpuLayers())));
    if (model.gpuLayers() != 0) {
      words.addAll(List.of("-dev", names(model, "/")));
      if (!model.split().isEmpty()) {
        words.addAll(List.of("-ts", shares(model, "/")));
      }
    }
    Tuning tuning = decoder.tuning();
    String type = tuning.cache().name().toLowerCase(Locale.ROOT);
    words.addAll(List.of("-ctk", type, "-ctv", type,
        "-fa", tuning.flashAttention().name().toLowerCase(Locale.ROOT)));
    if (tuning.pinned()) { // one thread each on the first processors
      words.addAll(List.of("-C", "0x" + Long.toHexString((1L << decoder.threads()) - 1),
          "--cpu-strict", "1"));
    }
    return words;
  }

  private static String names(Model.Options model, String between) {
    return model.devices().stream().map(Device::name).collect(Collectors.joining(between));
  }

  private static String shares(Model.Options model, String between) {
    return model.split().stream().map(String::valueOf).collect(Collectors.joining(between));
  }
}
