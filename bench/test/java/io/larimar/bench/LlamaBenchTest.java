package io.larimar.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.bindings.Context;
import io.larimar.bindings.LlamaException;
import io.larimar.bindings.Model;
import io.larimar.bindings.NativeLibrary.Device;
import io.larimar.decoder.Decoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The tool's answer is read, and a tool that gives none is no silent zero. */
@DisabledOnOs(OS.WINDOWS)
class LlamaBenchTest {
  private static final String AS_BY_DEFAULT = " -ctk f16 -ctv f16 -fa auto";

  @TempDir private Path folder;
  private Decoder.Options decoder = Decoder.Options.defaults().withThreads(2);

  private LlamaBench saying(String answer) throws Exception {
    Path program = folder.resolve("llama-bench");
    Files.writeString(program, "#!/bin/sh\n" + answer + "\n");
    assertTrue(program.toFile().setExecutable(true));
    return new LlamaBench(program, folder, Path.of("model.gguf"), decoder);
  }

  @Test
  void theSamplesAreTakenOneByOne() throws Exception {
    LlamaBench bench = saying("echo '[{\"avg_ts\": 3, \"samples_ts\": [2.5, 3.5]}]'");
    assertArrayEquals(new double[] {2.5, 3.5}, bench.tokensPerSecond(0, 8, 2));
  }

  @Test
  void aToolThatFailsOrSaysLessIsNamedWithItsCommand() throws Exception {
    LlamaException failed =
        assertThrows(LlamaException.class, () -> saying("exit 4").tokensPerSecond(8, 0, 1));
    assertTrue(failed.getMessage().contains("-p 8 -n 0"), failed.getMessage());
    assertThrows(LlamaException.class,
        () -> saying("echo '[{\"samples_ts\": [1]}]'").tokensPerSecond(8, 0, 2));
  }

  @Test
  void theToolRunsWhereTheDecoderDoes() throws Exception {
    assertTrue(words().contains("-t 2 ") && words().endsWith("-ngl 0" + AS_BY_DEFAULT), words());
    List<Device> two = List.of(device("CUDA0"), device("CUDA1"));
    decoder = decoder.withModel(
        new Model.Options(-1, two, share -> { }).withSplit(List.of(3f, 1f)));
    assertTrue(words().endsWith("-ngl 999 -dev CUDA0/CUDA1 -ts 3.0/1.0" + AS_BY_DEFAULT), words());
    assertEquals(List.of("--device", "CUDA0,CUDA1", "--tensor-split", "3.0,1.0"),
        DecoderWords.larimar(decoder));
    decoder = decoder.withModel(new Model.Options(7, two.subList(0, 1), share -> { }));
    assertTrue(words().endsWith("-ngl 7 -dev CUDA0" + AS_BY_DEFAULT), words());
    assertEquals(List.of("--device", "CUDA0", "--gpu-layers", "7"),
        DecoderWords.larimar(decoder));
  }

  @Test
  void theToolIsTunedAsTheDecoderIs() throws Exception {
    assertEquals(List.of(), DecoderWords.larimar(decoder));
    decoder = decoder.withTuning(
        new Context.Tuning(Context.CacheType.Q8_0, Context.FlashAttention.ON, true));
    assertTrue(words().endsWith("-ctk q8_0 -ctv q8_0 -fa on -C 0x3 --cpu-strict 1"), words());
    assertEquals(List.of("--kv-type", "Q8_0", "--flash-attention", "ON", "--pin-threads"),
        DecoderWords.larimar(decoder));
    assertEquals(List.of("--prefix-cache", "3", "--speculate", "4", "--frame", "own.frame"),
        DecoderWords.larimar(Decoder.Options.defaults().withPrefixCacheBytes(3 << 20)
            .withSpeculate(4).withFrame(Path.of("own.frame"))));
  }

  private static Device device(String name) {
    return new Device(0, name, "a GPU", Device.Kind.GPU, 1L << 30, 1L << 30);
  }

  private String words() throws Exception {
    Path said = folder.resolve("words");
    saying("echo \"$@\" > '" + said + "'; echo '[{\"samples_ts\": [1]}]'").tokensPerSecond(8, 0, 1);
    return Files.readString(said).strip();
  }
}
