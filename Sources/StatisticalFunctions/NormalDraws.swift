// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule

extension RandomNumberGenerator {
  /// A number strictly between zero and one, from 2⁵³ equally spaced ones.
  package mutating func uniform() -> Double {
    (Double(next() >> 11) + 0.5) * 0x1p-53
  }

  /// A standard normal number, by the ziggurat method: an exact one, with the exact tail.
  ///
  /// Layer, sign and place come from different bits of one random word, since sharing them leaves
  /// correlations (Doornik, "An improved ziggurat method to generate normal random samples", 2005).
  ///
  /// Source: Marsaglia & Tsang, "The ziggurat method for generating random variables", Journal of
  /// Statistical Software 5 (2000), issue 8; the tail is that of Marsaglia (1964).
  package mutating func normal() -> Double {
    Ziggurat.standard.withTables { drawNormal($0, using: &self) }
  }

  /// Overwrites all values with independent standard normal numbers.
  package mutating func fillNormals(_ values: inout [Double]) {
    fill(&values, using: &self)
  }
}

extension RandomStream {
  // The same for this generator: compiled for it, several times as fast as for an unknown one.
  package mutating func fillNormals(_ values: inout [Double]) {
    // In a copy, which stays in registers.
    var stream = self
    fill(&values, using: &stream)
    self = stream
  }
}

private func fill(_ values: inout [Double], using generator: inout some RandomNumberGenerator) {
  Ziggurat.standard.withTables { ziggurat in
    values.withUnsafeMutableBufferPointer { values in
      for i in values.indices { values[i] = drawNormal(ziggurat, using: &generator) }
    }
  }
}

@inline(__always)
private func drawNormal(
  _ ziggurat: Ziggurat.Tables, using generator: inout some RandomNumberGenerator
) -> Double {
  while true {
    let bits = generator.next()
    let layer = Int(truncatingIfNeeded: bits & 0xFF)
    let sign: Double = bits & 0x100 == 0 ? 1 : -1
    let x = Double(bits >> 11) * 0x1p-53 * ziggurat.widths[layer]
    // Below the next layer's width the whole height lies under the curve.
    if x < ziggurat.widths[layer + 1] { return sign * x }
    if layer == 0 { return sign * drawTail(using: &generator) }
    let lower = ziggurat.heights[layer]
    let height = lower + generator.uniform() * (ziggurat.heights[layer + 1] - lower)
    if height < Double.exp(-0.5 * x * x) { return sign * x }
  }
}

/// A normal number beyond the base of the ziggurat.
private func drawTail(using generator: inout some RandomNumberGenerator) -> Double {
  while true {
    let excess = -Double.log(generator.uniform()) / Ziggurat.base
    if -2 * Double.log(generator.uniform()) > excess * excess { return Ziggurat.base + excess }
  }
}

/// 256 layers of equal area that cover the normal curve `exp(-x²/2)` for positive x; the lowest
/// has the tail.
struct Ziggurat: Sendable {
  /// Where the tail begins, by which the layers end exactly at the top of the curve.
  static let base = 3.6541528853610088
  static let layerCount = 256
  static let standard = Ziggurat()

  /// The widths of the layers from the lowest, and zero at the end. The lowest is as wide as if it
  /// were a rectangle.
  let widths: [Double]
  /// The curve at the widths, where each layer begins.
  let heights: [Double]

  /// The members of the same names, to be read without a check.
  struct Tables {
    let widths: UnsafePointer<Double>
    let heights: UnsafePointer<Double>
  }

  @inline(__always)
  func withTables<Result>(_ body: (Tables) -> Result) -> Result {
    widths.withUnsafeBufferPointer { widths in
      heights.withUnsafeBufferPointer { heights in
        guard let widths = widths.baseAddress, let heights = heights.baseAddress else {
          preconditionFailure("A ziggurat has layers.")
        }
        return body(Tables(widths: widths, heights: heights))
      }
    }
  }

  init() {
    func curve(_ x: Double) -> Double { Double.exp(-0.5 * x * x) }
    let tail = (2 * Double.pi).squareRoot() * Normal().survival(Self.base)
    let area = Self.base * curve(Self.base) + tail
    var widths = [area / curve(Self.base), Self.base]
    for layer in 1..<Self.layerCount - 1 {
      let top = area / widths[layer] + curve(widths[layer])
      widths.append((-2 * Double.log(top)).squareRoot())
    }
    widths.append(0)
    self.widths = widths
    heights = widths.map(curve)
  }
}
