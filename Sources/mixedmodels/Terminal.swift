// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The standard streams: results to one, everything else to the other.
enum Terminal {
  private static let standardOutput: CInt = 1
  private static let standardError: CInt = 2

  /// Whether standard error is a screen, and colour is not unwanted (https://no-color.org).
  static let showsColour = hasScreen && (getenv("NO_COLOR").map { $0.pointee == 0 } ?? true)

  /// Whether standard error is a screen.
  static let hasScreen = isatty(standardError) == 1

  /// Writes a result.
  /// - Throws: an error if standard output does not take it.
  static func write(_ text: String) throws(MixedModelError) {
    if let code = write(text, to: standardOutput) {
      // A reader that has seen enough (as head does) is no failure.
      guard code != EPIPE else { return }
      throw .cannotWrite("Standard output", code: code)
    }
  }

  static func warn(_ message: String) { note("warning", colour: 33, message) }

  /// Tells what is no cause for concern.
  static func inform(_ message: String) { note("note", colour: 36, message) }

  static func fail(_ message: String) { note("error", colour: 31, message) }

  /// Shows a line without ending it, in place of the one before; an empty one clears it.
  static func showLine(_ text: String) { _ = write("\r" + text + "\u{1B}[K", to: standardError) }

  private static func note(_ label: String, colour: Int, _ message: String) {
    let label = showsColour ? "\u{1B}[\(colour)m\(label):\u{1B}[0m" : label + ":"
    _ = write("\(label) \(message)\n", to: standardError)
  }

  /// Writes all bytes; the result is the system's error code where that fails.
  private static func write(_ text: String, to descriptor: CInt) -> CInt? {
    var text = text
    return text.withUTF8 { writeAll($0, to: descriptor) }
  }
}
