// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelFitting
import Testing

@Suite("Sizes and times as people read them")
struct ByteTextTests {
  @Test(
    "Bytes in powers of a thousand, three digits",
    arguments: [
      (0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (9994, "9.99 kB"), (9996, "10.0 kB"),
      (999_499, "999 kB"), (999_500, "1.00 MB"), (104_200_000_000, "104 GB"),
      (Int.max, "9.22 EB"),
    ])
  func bytes(_ count: Int, _ text: String) { #expect(count.byteText == text) }

  @Test(
    "Digits in groups of three",
    arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")])
  func groups(_ count: Int, _ text: String) { #expect(count.groupedText == text) }

  @Test(
    "Times in the units that suit them",
    arguments: [
      (0.0004, "0.4 ms"), (0.212, "212 ms"), (0.9996, "1.0 s"), (1.44, "1.4 s"), (59.96, "1 min"),
      (200, "3 min 20 s"), (3599.6, "1 h"), (7500, "2 h 5 min"), (.nan, "unknown"),
    ])
  func times(_ seconds: Double, _ text: String) { #expect(seconds.durationText == text) }
}
