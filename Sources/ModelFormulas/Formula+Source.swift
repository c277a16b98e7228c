// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

extension Formula {
  /// The formula as written, blanks set as R's `deparse` sets them, in lines that end after the
  /// first operator or comma beyond the 60th character.
  package func sourceLines() -> [String] {
    guard let tokens = try? FormulaScanner.tokens(of: source) else { return [source] }
    let longest = 60
    let indent = "    "
    var lines: [String] = []
    var line = ""
    var startsOperand = true
    for token in tokens {
      guard case .symbol(let symbol) = token.kind else {
        line += token.text
        startsOperand = false
        continue
      }
      let isSign = startsOperand && "+-".contains(symbol)
      switch token.text {
      case "~", "+", "-", "*", "|", "||", "&": line += isSign ? token.text : " \(token.text) "
      case ",": line += ", "
      default: line += token.text
      }
      if line.last == " ", line.count > longest {
        lines.append(line)
        line = indent
      }
      startsOperand = symbol != ")"
    }
    return lines + [line]
  }
}
