package value

import "unicode"

// What Unicode says of letters beyond the one-to-one mappings of package
// unicode. Written out by Python 3.11's own tables (str.upper, str.title,
// str.casefold, str.isdigit and str.isnumeric over every code point): each
// word is a character and what it becomes.

const upperSpecials = "ßSS ŉʼN ǰJ\u030c ΐΙ\u0308\u0301 ΰΥ\u0308\u0301 ևԵՒ ẖH\u0331 ẗT\u0308 ẘW\u030a ẙY\u030a ẚAʾ ὐΥ\u0313 ὒΥ\u0313\u0300 ὔΥ\u0313\u0301 ὖΥ\u0313\u0342 ᾀἈΙ " +
	"ᾁἉΙ ᾂἊΙ ᾃἋΙ ᾄἌΙ ᾅἍΙ ᾆἎΙ ᾇἏΙ ᾈἈΙ ᾉἉΙ ᾊἊΙ ᾋἋΙ ᾌἌΙ ᾍἍΙ ᾎἎΙ ᾏἏΙ ᾐἨΙ ᾑἩΙ " +
	"ᾒἪΙ ᾓἫΙ ᾔἬΙ ᾕἭΙ ᾖἮΙ ᾗἯΙ ᾘἨΙ ᾙἩΙ ᾚἪΙ ᾛἫΙ ᾜἬΙ ᾝἭΙ ᾞἮΙ ᾟἯΙ ᾠὨΙ ᾡὩΙ ᾢὪΙ " +
	"ᾣὫΙ ᾤὬΙ ᾥὭΙ ᾦὮΙ ᾧὯΙ ᾨὨΙ ᾩὩΙ ᾪὪΙ ᾫὫΙ ᾬὬΙ ᾭὭΙ ᾮὮΙ ᾯὯΙ ᾲᾺΙ ᾳΑΙ ᾴΆΙ ᾶΑ\u0342 " +
	"ᾷΑ\u0342Ι ᾼΑΙ ῂῊΙ ῃΗΙ ῄΉΙ ῆΗ\u0342 ῇΗ\u0342Ι ῌΗΙ ῒΙ\u0308\u0300 ΐΙ\u0308\u0301 ῖΙ\u0342 ῗΙ\u0308\u0342 ῢΥ\u0308\u0300 ΰΥ\u0308\u0301 ῤΡ\u0313 " +
	"ῦΥ\u0342 ῧΥ\u0308\u0342 ῲῺΙ ῳΩΙ ῴΏΙ ῶΩ\u0342 ῷΩ\u0342Ι ῼΩΙ \ufb00FF \ufb01FI \ufb02FL \ufb03FFI \ufb04FFL \ufb05ST \ufb06ST \ufb13ՄՆ " +
	"\ufb14ՄԵ \ufb15ՄԻ \ufb16ՎՆ \ufb17ՄԽ "

const titleSpecials = "ßSs ŉʼN ǰJ\u030c ΐΙ\u0308\u0301 ΰΥ\u0308\u0301 ևԵւ ẖH\u0331 ẗT\u0308 ẘW\u030a ẙY\u030a ẚAʾ ὐΥ\u0313 ὒΥ\u0313\u0300 ὔΥ\u0313\u0301 ὖΥ\u0313\u0342 ᾲᾺ\u0345 " +
	"ᾴΆ\u0345 ᾶΑ\u0342 ᾷΑ\u0342\u0345 ῂῊ\u0345 ῄΉ\u0345 ῆΗ\u0342 ῇΗ\u0342\u0345 ῒΙ\u0308\u0300 ΐΙ\u0308\u0301 ῖΙ\u0342 ῗΙ\u0308\u0342 ῢΥ\u0308\u0300 ΰΥ\u0308\u0301 ῤΡ\u0313 ῦΥ\u0342 " +
	"ῧΥ\u0308\u0342 ῲῺ\u0345 ῴΏ\u0345 ῶΩ\u0342 ῷΩ\u0342\u0345 \ufb00Ff \ufb01Fi \ufb02Fl \ufb03Ffi \ufb04Ffl \ufb05St \ufb06St \ufb13Մն \ufb14Մե \ufb15Մի \ufb16Վն " +
	"\ufb17Մխ "

const foldSpecials = "µμ ßss ŉʼn ſs ǰj\u030c \u0345ι ΐι\u0308\u0301 ΰυ\u0308\u0301 ςσ ϐβ ϑθ ϕφ ϖπ ϰκ ϱρ ϵε ևեւ ᎠᎠ ᎡᎡ ᎢᎢ " +
	"ᎣᎣ ᎤᎤ ᎥᎥ ᎦᎦ ᎧᎧ ᎨᎨ ᎩᎩ ᎪᎪ ᎫᎫ ᎬᎬ ᎭᎭ ᎮᎮ ᎯᎯ ᎰᎰ ᎱᎱ ᎲᎲ ᎳᎳ ᎴᎴ ᎵᎵ ᎶᎶ ᎷᎷ ᎸᎸ ᎹᎹ " +
	"ᎺᎺ ᎻᎻ ᎼᎼ ᎽᎽ ᎾᎾ ᎿᎿ ᏀᏀ ᏁᏁ ᏂᏂ ᏃᏃ ᏄᏄ ᏅᏅ ᏆᏆ ᏇᏇ ᏈᏈ ᏉᏉ ᏊᏊ ᏋᏋ ᏌᏌ ᏍᏍ ᏎᏎ ᏏᏏ ᏐᏐ " +
	"ᏑᏑ ᏒᏒ ᏓᏓ ᏔᏔ ᏕᏕ ᏖᏖ ᏗᏗ ᏘᏘ ᏙᏙ ᏚᏚ ᏛᏛ ᏜᏜ ᏝᏝ ᏞᏞ ᏟᏟ ᏠᏠ ᏡᏡ ᏢᏢ ᏣᏣ ᏤᏤ ᏥᏥ ᏦᏦ ᏧᏧ " +
	"ᏨᏨ ᏩᏩ ᏪᏪ ᏫᏫ ᏬᏬ ᏭᏭ ᏮᏮ ᏯᏯ ᏰᏰ ᏱᏱ ᏲᏲ ᏳᏳ ᏴᏴ ᏵᏵ ᏸᏰ ᏹᏱ ᏺᏲ ᏻᏳ ᏼᏴ ᏽᏵ ᲀв ᲁд ᲂо " +
	"ᲃс ᲄт ᲅт ᲆъ ᲇѣ ᲈ\ua64b ẖh\u0331 ẗt\u0308 ẘw\u030a ẙy\u030a ẚaʾ ẛṡ ẞss ὐυ\u0313 ὒυ\u0313\u0300 ὔυ\u0313\u0301 ὖυ\u0313\u0342 ᾀἀι " +
	"ᾁἁι ᾂἂι ᾃἃι ᾄἄι ᾅἅι ᾆἆι ᾇἇι ᾈἀι ᾉἁι ᾊἂι ᾋἃι ᾌἄι ᾍἅι ᾎἆι ᾏἇι ᾐἠι ᾑἡι " +
	"ᾒἢι ᾓἣι ᾔἤι ᾕἥι ᾖἦι ᾗἧι ᾘἠι ᾙἡι ᾚἢι ᾛἣι ᾜἤι ᾝἥι ᾞἦι ᾟἧι ᾠὠι ᾡὡι ᾢὢι " +
	"ᾣὣι ᾤὤι ᾥὥι ᾦὦι ᾧὧι ᾨὠι ᾩὡι ᾪὢι ᾫὣι ᾬὤι ᾭὥι ᾮὦι ᾯὧι ᾲὰι ᾳαι ᾴάι ᾶα\u0342 " +
	"ᾷα\u0342ι ᾼαι ιι ῂὴι ῃηι ῄήι ῆη\u0342 ῇη\u0342ι ῌηι ῒι\u0308\u0300 ΐι\u0308\u0301 ῖι\u0342 ῗι\u0308\u0342 ῢυ\u0308\u0300 ΰυ\u0308\u0301 ῤρ\u0313 " +
	"ῦυ\u0342 ῧυ\u0308\u0342 ῲὼι ῳωι ῴώι ῶω\u0342 ῷω\u0342ι ῼωι \uab70Ꭰ \uab71Ꭱ \uab72Ꭲ \uab73Ꭳ \uab74Ꭴ \uab75Ꭵ \uab76Ꭶ \uab77Ꭷ \uab78Ꭸ \uab79Ꭹ \uab7aᎪ \uab7bᎫ " +
	"\uab7cᎬ \uab7dᎭ \uab7eᎮ \uab7fᎯ \uab80Ꮀ \uab81Ꮁ \uab82Ꮂ \uab83Ꮃ \uab84Ꮄ \uab85Ꮅ \uab86Ꮆ \uab87Ꮇ \uab88Ꮈ \uab89Ꮉ \uab8aᎺ \uab8bᎻ \uab8cᎼ \uab8dᎽ \uab8eᎾ \uab8fᎿ \uab90Ꮐ \uab91Ꮑ \uab92Ꮒ " +
	"\uab93Ꮓ \uab94Ꮔ \uab95Ꮕ \uab96Ꮖ \uab97Ꮗ \uab98Ꮘ \uab99Ꮙ \uab9aᏊ \uab9bᏋ \uab9cᏌ \uab9dᏍ \uab9eᏎ \uab9fᏏ \uaba0Ꮠ \uaba1Ꮡ \uaba2Ꮢ \uaba3Ꮣ \uaba4Ꮤ \uaba5Ꮥ \uaba6Ꮦ \uaba7Ꮧ \uaba8Ꮨ \uaba9Ꮩ " +
	"\uabaaᏚ \uababᏛ \uabacᏜ \uabadᏝ \uabaeᏞ \uabafᏟ \uabb0Ꮰ \uabb1Ꮱ \uabb2Ꮲ \uabb3Ꮳ \uabb4Ꮴ \uabb5Ꮵ \uabb6Ꮶ \uabb7Ꮷ \uabb8Ꮸ \uabb9Ꮹ \uabbaᏪ \uabbbᏫ \uabbcᏬ \uabbdᏭ \uabbeᏮ \uabbfᏯ \ufb00ff " +
	"\ufb01fi \ufb02fl \ufb03ffi \ufb04ffl \ufb05st \ufb06st \ufb13մն \ufb14մե \ufb15մի \ufb16վն \ufb17մխ "

// digitChars are the digits that are not decimal ones: superscripts and the like.
var digitChars = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0xb2, 0xb3, 1}, {0xb9, 0xb9, 1}, {0x1369, 0x1371, 1}, {0x19da, 0x19da, 1},
		{0x2070, 0x2070, 1}, {0x2074, 0x2079, 1}, {0x2080, 0x2089, 1}, {0x2460, 0x2468, 1},
		{0x2474, 0x247c, 1}, {0x2488, 0x2490, 1}, {0x24ea, 0x24ea, 1}, {0x24f5, 0x24fd, 1},
		{0x24ff, 0x24ff, 1}, {0x2776, 0x277e, 1}, {0x2780, 0x2788, 1}, {0x278a, 0x2792, 1},
	},
	R32: []unicode.Range32{
		{0x10a40, 0x10a43, 1}, {0x10e60, 0x10e68, 1}, {0x11052, 0x1105a, 1}, {0x1f100, 0x1f10a, 1},
	},
}

// numericLetters are the letters that stand for numbers.
var numericLetters = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x3405, 0x3405, 1}, {0x3483, 0x3483, 1}, {0x382a, 0x382a, 1}, {0x3b4d, 0x3b4d, 1},
		{0x4e00, 0x4e00, 1}, {0x4e03, 0x4e03, 1}, {0x4e07, 0x4e07, 1}, {0x4e09, 0x4e09, 1},
		{0x4e5d, 0x4e5d, 1}, {0x4e8c, 0x4e8c, 1}, {0x4e94, 0x4e94, 1}, {0x4e96, 0x4e96, 1},
		{0x4ebf, 0x4ec0, 1}, {0x4edf, 0x4edf, 1}, {0x4ee8, 0x4ee8, 1}, {0x4f0d, 0x4f0d, 1},
		{0x4f70, 0x4f70, 1}, {0x5104, 0x5104, 1}, {0x5146, 0x5146, 1}, {0x5169, 0x5169, 1},
		{0x516b, 0x516b, 1}, {0x516d, 0x516d, 1}, {0x5341, 0x5341, 1}, {0x5343, 0x5345, 1},
		{0x534c, 0x534c, 1}, {0x53c1, 0x53c4, 1}, {0x56db, 0x56db, 1}, {0x58f1, 0x58f1, 1},
		{0x58f9, 0x58f9, 1}, {0x5e7a, 0x5e7a, 1}, {0x5efe, 0x5eff, 1}, {0x5f0c, 0x5f0e, 1},
		{0x5f10, 0x5f10, 1}, {0x62fe, 0x62fe, 1}, {0x634c, 0x634c, 1}, {0x67d2, 0x67d2, 1},
		{0x6f06, 0x6f06, 1}, {0x7396, 0x7396, 1}, {0x767e, 0x767e, 1}, {0x8086, 0x8086, 1},
		{0x842c, 0x842c, 1}, {0x8cae, 0x8cae, 1}, {0x8cb3, 0x8cb3, 1}, {0x8d30, 0x8d30, 1},
		{0x9621, 0x9621, 1}, {0x9646, 0x9646, 1}, {0x964c, 0x964c, 1}, {0x9678, 0x9678, 1},
		{0x96f6, 0x96f6, 1}, {0xf96b, 0xf96b, 1}, {0xf973, 0xf973, 1}, {0xf978, 0xf978, 1},
		{0xf9b2, 0xf9b2, 1}, {0xf9d1, 0xf9d1, 1}, {0xf9d3, 0xf9d3, 1}, {0xf9fd, 0xf9fd, 1},
	},
	R32: []unicode.Range32{
		{0x20001, 0x20001, 1}, {0x20064, 0x20064, 1}, {0x200e2, 0x200e2, 1}, {0x20121, 0x20121, 1},
		{0x2092a, 0x2092a, 1}, {0x20983, 0x20983, 1}, {0x2098c, 0x2098c, 1}, {0x2099c, 0x2099c, 1},
		{0x20aea, 0x20aea, 1}, {0x20afd, 0x20afd, 1}, {0x20b19, 0x20b19, 1}, {0x22390, 0x22390, 1},
		{0x22998, 0x22998, 1}, {0x23b1b, 0x23b1b, 1}, {0x2626d, 0x2626d, 1}, {0x2f890, 0x2f890, 1},
	},
}
