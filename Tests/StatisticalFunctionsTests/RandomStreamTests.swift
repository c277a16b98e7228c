// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import StatisticalFunctions

@Suite("Random streams")
struct RandomStreamTests {
  private static func words(
    _ seed: UInt64, _ stream: UInt64, _ counter: [UInt64] = [0, 0, 0, 0], count: Int = 4
  ) -> [UInt64] {
    var generator = RandomStream(
      seed: seed, stream: stream,
      counter: RandomStream.Block(counter[0], counter[1], counter[2], counter[3]))
    return (0..<count).map { _ in generator.next() }
  }

  // The known answers of philox4x64-10 in Random123 1.09 (kat_vectors).
  @Test("Published known answers are reproduced")
  func knownAnswers() {
    #expect(
      Self.words(0, 0) == [
        0x1655_4d9e_ca36_314c, 0xdb20_fe9d_672d_0fdc, 0xd7e7_72ce_e186_176b,
        0x7e68_b68a_ec7b_a23b,
      ])
    #expect(
      Self.words(.max, .max, [.max, .max, .max, .max]) == [
        0x87b0_92c3_013f_e90b, 0x438c_3c67_be8d_0224, 0x9cc7_d7c6_9cd7_77b6,
        0xa09c_aebf_594f_0ba0,
      ])
    #expect(
      Self.words(
        0x4528_21e6_38d0_1377, 0xbe54_66cf_34e9_0c6c,
        [
          0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0,
          0x082e_fa98_ec4e_6c89,
        ]) == [
          0xa528_f454_03e6_1d95, 0x38c7_2dbd_566e_9788, 0xa5a1_610e_72fd_18b5,
          0x57bd_43b5_e52b_7fe6,
        ])
  }

  // numpy 2.4.6: Philox(key=[12345, 678], counter=[2^64 - 1] * 4).random_raw(12).
  @Test("A stream goes on as numpy's does")
  func continuation() {
    #expect(
      Self.words(12345, 678, count: 12) == [
        0x6ff6_98f9_0a02_200e, 0x62ac_dbf0_ed1c_06b3, 0x1cec_908e_5ce9_72a2,
        0xb5cf_b116_467a_f85e, 0x5b1b_f28e_7ebc_0607, 0xc88a_3dc7_f9bb_68e7,
        0x9012_744c_223e_e1bd, 0xbebb_3517_8dbe_4996, 0xd16c_eaad_f59c_8d1e,
        0x54f7_ca20_dc6a_b79a, 0x97eb_f362_d77f_3625, 0xfb24_741e_9a66_84fb,
      ])
  }

  @Test("The counter carries into all its words")
  func carry() {
    let full = UInt64.max
    for (counter, next) in [
      ([full, 7, 0, 0], [0, 8, 0, 0]), ([full, full, 3, 0], [0, 0, 4, 0]),
      ([full, full, full, 9], [0, 0, 0, 10]), ([full, full, full, full], [0, 0, 0, 0]),
    ] as [([UInt64], [UInt64])] {
      #expect(Array(Self.words(5, 6, counter, count: 8).suffix(4)) == Self.words(5, 6, next))
    }
  }

  @Test("Seeds and streams give different numbers, the same ones the same")
  func seeds() {
    let first = Self.words(1, 1, count: 9)
    #expect(first == Self.words(1, 1, count: 9))
    for other in [Self.words(1, 2, count: 9), Self.words(2, 1, count: 9)] {
      #expect(Set(first).isDisjoint(with: other))
    }
    var stream = RandomStream(seed: 3)
    _ = stream.next()
    var copy = stream
    #expect(stream == copy && stream.next() == copy.next())
  }
}
