package io.larimar.ledger;

import io.larimar.engine.Excerpt;
import io.larimar.engine.Fact;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Live facts by subject, tag and statement; in memory, and without their text.
 *
 * <p>Its keys are HMACs under a key that is drawn at open and never written: so no file holds a
 * value by which a forgotten subject could be guessed, and the heap holds no text either. The price
 * is one decryption of every live fact when the first look-up comes. Not thread-safe.
 */
final class FactIndex {
  /** 128 bits of an HMAC. */
  private record Key(long high, long low) {}

  private static final Pattern SPACES = Pattern.compile("\\s+");

  private final Mac mac;
  private final Map<Key, NavigableSet<Long>> ids = new HashMap<>();
  private final Map<Long, List<Key>> keys = new HashMap<>();

  FactIndex(Seal seal) {
    try {
      mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(seal.randomBytes(Seal.KEY_BYTES), "HmacSHA256"));
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has HmacSHA256", e);
    }
  }

  /** Takes a live fact in. */
  void add(long id, String tenant, Fact fact) {
    List<Key> all = new ArrayList<>();
    all.add(statementKey(tenant, fact));
    fact.subject().ifPresent(subject -> all.add(key("subject", tenant, subject)));
    fact.tags().stream().distinct().forEach(tag -> all.add(tagKey(tenant, tag)));
    for (Key key : all) {
      ids.computeIfAbsent(key, any -> new TreeSet<>()).add(id);
    }
    keys.put(id, List.copyOf(all));
  }

  /** Takes a fact out, if it is in. */
  void remove(long id) {
    Optional.ofNullable(keys.remove(id)).orElse(List.of()).forEach(key -> {
      NavigableSet<Long> set = ids.getOrDefault(key, new TreeSet<>());
      set.remove(id);
      if (set.isEmpty()) {
        ids.remove(key);
      }
    });
  }

  /**
   * The live fact that a new one contradicts: the same subject and prompt, or the same text; of a
   * document the same episode.
   */
  Optional<Long> contradicted(String tenant, Fact fact) {
    return list(statementKey(tenant, fact)).stream().reduce((older, newer) -> newer);
  }

  List<Long> bySubject(String tenant, String subject) {
    return list(key("subject", tenant, subject));
  }

  List<Long> byTag(String tenant, String tag) {
    return list(tagKey(tenant, tag));
  }

  private List<Long> list(Key key) {
    return List.copyOf(ids.getOrDefault(key, new TreeSet<>()));
  }

  private Key statementKey(String tenant, Fact fact) {
    if (fact.excerpt().isPresent()) {
      Excerpt excerpt = fact.excerpt().get();
      return key("excerpt", tenant, excerpt.document(), Integer.toString(excerpt.ordinal()));
    }
    if (fact.subject().isPresent() && fact.prompt().isPresent()) {
      return key("prompt", tenant, fact.subject().get(), fact.prompt().get());
    }
    return key("text", tenant, fact.text());
  }

  private Key tagKey(String tenant, String tag) {
    return key("tag", tenant, tag);
  }

  private Key key(String kind, String... parts) {
    mac.update(kind.getBytes(StandardCharsets.UTF_8));
    for (String part : parts) {
      byte[] bytes = normalised(part).getBytes(StandardCharsets.UTF_8);
      mac.update(ByteBuffer.allocate(4).putInt(bytes.length).array());
      mac.update(bytes);
      Seal.wipe(bytes);
    }
    ByteBuffer digest = ByteBuffer.wrap(mac.doFinal());
    return new Key(digest.getLong(), digest.getLong());
  }

  /** NFKC, lower case, single spaces: how two writings of one subject become the same. */
  static String normalised(String text) {
    String folded = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    return SPACES.matcher(folded.strip()).replaceAll(" ");
  }
}
